import { INJECTION_LABEL } from '../injection/annotations.ts';
import { readObjects } from './objects/apply-objects.ts';
import { unlessForbidden } from './objects/namespace-levels.ts';
import { registeredUrl } from './objects/registered-url.ts';
import type { RegistrarTools, RegistrationTarget } from './registrar.ts';
import { epochOf, isRotating, type KeptRegistration, minEpochOf, readRegistration } from './registration-record.ts';
import { urlFacts } from './webhook-url.ts';

/** How a cluster stands; nothing in it is secret. */
export interface RegistrationStatus {
  readonly cluster: string;
  /** Whether the cluster has our webhook. */
  readonly isRegistered: boolean;
  readonly epoch: number;
  readonly minEpoch: number;
  /** Whether a rotation was begun and not ended. */
  readonly isRotating: boolean;
  /** What the registered URL is for: `epoch 3 at https://host`. */
  readonly registered?: string;
  /** What was asked for last. */
  readonly endpoint?: string;
  readonly failurePolicy?: string;
  readonly companionPolicy?: string;
  /** The stage of the roll-out; absent: every namespace with the opt-in label. */
  readonly namespaces?: readonly string[];
  /** Whether the policy that warns or refuses is in force. */
  readonly hasPolicy: boolean;
  /** The namespaces with the opt-in label; absent where they may not be listed. The first ones, if there are many. */
  readonly optedIn?: readonly string[];
  /** Why the registered URL does not answer as it should; absent: it does, or there is none. */
  readonly trouble?: string;
}

/** How many opted-in namespaces are named. */
const NAMESPACES_MAX = 500;

/** Reads how a cluster stands, and tries the endpoint. Changes nothing. */
export async function readStatus(
  target: RegistrationTarget,
  tools: RegistrarTools,
  signal: AbortSignal,
): Promise<RegistrationStatus> {
  const query = { limit: NAMESPACES_MAX, labelSelector: `${INJECTION_LABEL}=enabled` };
  const [record, ring, objects, namespaces] = await Promise.all([
    tools.records.readRecord(target.cluster, signal),
    tools.keys.readKeys(signal),
    readObjects(tools.api, signal),
    unlessForbidden(tools.api.list('/api/v1/namespaces', query, signal)),
  ]);
  const kept = readRegistration(record);
  const url = registeredUrl(objects.get('webhook'));
  const facts = await urlFacts(ring ?? { generation: 0, privateKeys: [] }, target, url);
  const isOurs = typeof url === 'string' && kept !== undefined && url.startsWith(`${kept.endpoint.url}/`);
  const trouble = isOurs ? await tools.probe(url, kept.endpoint.ca, signal) : undefined;
  return {
    cluster: target.cluster,
    isRegistered: objects.has('webhook'),
    epoch: epochOf(record),
    minEpoch: minEpochOf(record),
    isRotating: isRotating(record),
    ...(url === undefined ? {} : { registered: facts.description }),
    ...(kept === undefined ? {} : askedFor(kept)),
    hasPolicy: objects.has('policy') && objects.has('binding'),
    ...(namespaces === undefined ? {} : { optedIn: namespaces.items.map((n) => n.metadata.name).sort() }),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

function askedFor(kept: KeptRegistration): Partial<RegistrationStatus> {
  const { endpoint, failurePolicy, companionPolicy, namespaces } = kept;
  return {
    endpoint: endpoint.url,
    failurePolicy,
    companionPolicy,
    ...(namespaces === undefined ? {} : { namespaces }),
  };
}
