import type { RecordDocument } from './record/record-store.ts';
import { type RegistrarTools, RegistrationError, type RegistrationTarget } from './registrar.ts';
import { type KeptRegistration, readRegistration } from './registration-record.ts';

/** The record of a cluster that is registered. Throws RegistrationError for one that is not. */
export async function registered(
  { fleet, cluster }: RegistrationTarget,
  { records }: Pick<RegistrarTools, 'records'>,
  signal: AbortSignal,
): Promise<{ readonly record: RecordDocument; readonly kept: KeptRegistration }> {
  const record = await records.readRecord(cluster, signal);
  const kept = readRegistration(record);
  if (record !== undefined && kept !== undefined) return { record, kept };
  throw new RegistrationError(
    `cluster ${cluster} of fleet ${fleet} is not registered; do it with: outrigger cluster register`,
  );
}
