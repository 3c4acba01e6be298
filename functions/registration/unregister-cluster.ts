import { own } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';
import { type ActualObjects, changeLine, isDenying, readObjects, removeCompanion } from './objects/apply-objects.ts';
import { PLACES } from './objects/registered-objects.ts';
import { registeredUrl } from './objects/registered-url.ts';
import type { RecordDocument } from './record/record-store.ts';
import type { RegistrarTools, RegistrationReport, RegistrationTarget } from './registrar.ts';
import { epochOf, readRegistration } from './registration-record.ts';
import { API_SERVERS_SETTLE_MS } from './waits.ts';
import { isForAnother } from './webhook-url.ts';

/** How a cluster is unregistered. */
export interface UnregisterOptions {
  /** Takes the record away too, with everything that is set in it; else it stays for the next registration. */
  readonly removeRecord: boolean;
}

/** What unregistering reaches the world through; no `api` where the Kubernetes cluster is gone. */
export type UnregisterTools = Pick<RegistrarTools, 'records' | 'wait' | 'say'> & {
  readonly api?: RegistrarTools['api'];
};

const OTHERS = 'the webhook in the cluster is that of another fleet or cluster name; it was left alone';

/**
 * Takes a registration back, in the reverse order of its making: first the policy, so that it refuses no Pod for what is
 * being switched off, then the webhook. Then it waits until no API server calls the endpoint any more: only after that
 * may the endpoint go, and the token of the URL is worth nothing. What is missing already is no error; what another fleet
 * registered in the place of it is left alone, with a warning.
 */
export async function unregisterCluster(
  target: RegistrationTarget,
  { api, ...tools }: UnregisterTools,
  options: UnregisterOptions,
  signal: AbortSignal,
): Promise<RegistrationReport> {
  const record = await tools.records.readRecord(target.cluster, signal);
  const before = api === undefined ? undefined : await readObjects(api, signal);
  const isOthers = isForAnother(target, registeredUrl(before?.get('webhook')));
  if (isOthers) tools.say(OTHERS);
  const changes =
    api === undefined || before === undefined || isOthers ? [] : await removeObjects(before, { ...tools, api }, signal);
  const kept = await closeRecord(target.cluster, record, tools, options, signal);
  return { epoch: epochOf(kept), changes, warnings: isOthers ? [OTHERS] : [] };
}

/** Takes the objects away, and waits until API servers have followed. Returns what was done with each. */
async function removeObjects(
  before: ActualObjects,
  tools: Pick<RegistrarTools, 'api' | 'wait' | 'say'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const companion = await removeCompanion(before, tools, { dryRun: false }, signal);
  if (isDenying(before)) {
    tools.say('waiting until no API server refuses Pods without sidecar any more');
    await tools.wait(API_SERVERS_SETTLE_MS, signal);
  }
  if (!(await tools.api.delete(PLACES.webhook.path, signal))) return companion;
  tools.say('waiting until no API server calls the endpoint any more');
  await tools.wait(API_SERVERS_SETTLE_MS + timeoutMs(before.get('webhook')), signal);
  return [...companion, changeLine('webhook', 'deleted', false)];
}

/** Writes the record without its registration and with a new epoch, so that every token until now is refused. */
async function closeRecord(
  cluster: string,
  record: RecordDocument | undefined,
  { records }: Pick<RegistrarTools, 'records'>,
  { removeRecord }: UnregisterOptions,
  signal: AbortSignal,
): Promise<RecordDocument | undefined> {
  if (removeRecord) {
    await records.removeRecord(cluster, signal);
    return undefined;
  }
  if (record === undefined || readRegistration(record) === undefined) return record;
  return await records.updateRecord(
    cluster,
    // One that was deleted since is written as it was read: an empty one in its place would accept every token of before.
    (stored = record) => {
      // Another was faster.
      if (readRegistration(stored) === undefined) return stored;
      const { registration: _, ...others } = stored;
      const epoch = epochOf(stored) + 1;
      return { ...others, epoch, minEpoch: epoch };
    },
    signal,
  );
}

/** The longest that a call of the webhook may take. */
function timeoutMs(webhook: Readonly<Record<string, unknown>> | undefined): number {
  const list = webhook?.['webhooks'];
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  const seconds = isRecord(first) ? own(first, 'timeoutSeconds') : undefined;
  return typeof seconds === 'number' ? seconds * 1_000 : 0;
}
