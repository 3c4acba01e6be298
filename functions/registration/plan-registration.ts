import type { KubeObject } from '../kube-api/cluster-api.ts';
import { nextRecord, parsedRecord } from './next-record.ts';
import { desiredObjects } from './objects/registered-objects.ts';
import type { RegistrarTools, RegistrationSpec } from './registrar.ts';
import { epochOf, newEpochs } from './registration-record.ts';
import { signingKeys } from './signing-keys.ts';
import { refuseEndpoint, webhookUrl } from './webhook-url.ts';

const UNRECORDED =
  'the cluster has no record yet, and the endpoint refuses the URL in these objects until there is one of its epoch: ' +
  'register without --dry-run first, then print them again';

/**
 * The objects that registering would apply, made without asking the Kubernetes cluster or the endpoint: for a client dry
 * run, and for people who apply manifests in a way of their own. The URL in them holds a token.
 */
export async function plannedObjects(
  spec: RegistrationSpec,
  tools: Pick<RegistrarTools, 'records' | 'keys' | 'templates' | 'now'>,
  signal: AbortSignal,
): Promise<{ readonly objects: readonly KubeObject[]; readonly warnings: readonly string[] }> {
  refuseEndpoint(spec.endpoint.url);
  const ring = await signingKeys(spec.fleet, tools, signal);
  const stored = await tools.records.readRecord(spec.cluster, signal);
  const epochs = stored === undefined ? newEpochs(tools.now()) : { epoch: epochOf(stored) };
  const record = nextRecord(stored, spec, epochs);
  const url = await webhookUrl(ring, spec, spec.endpoint.url, epochOf(record));
  const parsed = parsedRecord(spec.cluster, record);
  const { webhook, companion, warnings } = await desiredObjects(spec, url, parsed, tools.templates, signal);
  return {
    objects: [webhook, ...(companion === undefined ? [] : [companion.policy, companion.binding])],
    warnings: stored === undefined ? [...warnings, UNRECORDED] : warnings,
  };
}
