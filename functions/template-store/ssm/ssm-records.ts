import type { SSMClient } from '@aws-sdk/client-ssm';
import { createSsmReader } from './reader.ts';

/** Every cluster record of a fleet by the cluster's name, as JSON; undefined stands for one that cannot be decoded. */
export function createSsmRecords(
  client: SSMClient,
  fleet: string,
): (signal: AbortSignal) => Promise<ReadonlyMap<string, unknown>> {
  const reader = createSsmReader(client, fleet);
  return async (signal) => {
    const parameters = await reader.list({ Path: `/outrigger/${fleet}/clusters` }, signal);
    const records = await reader.decode('/clusters', parameters, signal);
    return new Map(records.map((one) => [one.name, 'document' in one ? one.document : undefined]));
  };
}
