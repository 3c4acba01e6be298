import { isDeepStrictEqual } from 'node:util';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { ClusterApiError, type KubeObject } from '../../kube-api/cluster-api.ts';
import { type RegisterOptions, type RegistrarTools, RegistrationError } from '../registrar.ts';
import { API_SERVERS_SETTLE_MS, CACHES_FOLLOW_MS } from '../waits.ts';
import { companionBinding } from './companion-policy.ts';
import { differences } from './differences.ts';
import { type DesiredObjects, PLACES, type RegisteredKind } from './registered-objects.ts';

type Tools = Pick<RegistrarTools, 'api' | 'say' | 'wait'>;

/** What stood in the cluster before, by kind. */
export type ActualObjects = ReadonlyMap<RegisteredKind, KubeObject>;

/** Reads the three objects, those that are there. */
export async function readObjects(api: RegistrarTools['api'], signal: AbortSignal): Promise<ActualObjects> {
  const read = Object.values(PLACES).map(async ({ kind, path }) => [kind, await api.get(path, signal)] as const);
  return new Map((await Promise.all(read)).flatMap(([kind, object]) => (object === undefined ? [] : [[kind, object]])));
}

/**
 * Applies what a cluster should have: the webhook before the policy that asks for its work. Where the policy refuses
 * Pods, it is in force only when API servers call the webhook for the same Pods.
 *
 * @returns what was done with each, as kubectl prints it
 */
export async function applyObjects(
  desired: DesiredObjects,
  before: ActualObjects,
  tools: Tools,
  options: RegisterOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const changes: string[] = [];
  const apply = async (kind: RegisteredKind, object: KubeObject): Promise<string> => {
    const applied = await explained(tools.api.apply(PLACES[kind].path, object, options, signal), PLACES[kind].title);
    const verb = verbFor(before.get(kind), applied);
    changes.push(changeLine(kind, verb, options.dryRun));
    return verb;
  };
  const { webhook, companion } = desired;
  const denied = isDenying(before);
  const isMoved = !isDeepStrictEqual(selectorOf(before.get('webhook')), selectorOf(webhook));
  if (denied && isMoved && !options.dryRun) {
    // While the two do not speak of the same Pods, Pods must not be refused.
    await explained(
      tools.api.apply(PLACES.binding.path, companionBinding('Warn'), options, signal),
      PLACES.binding.title,
    );
    await tools.wait(API_SERVERS_SETTLE_MS, signal);
  }
  const verb = await apply('webhook', webhook);
  if (companion === undefined) return [...changes, ...(await removeCompanion(before, tools, options, signal))];
  const denies = validationActions(companion.binding).includes('Deny');
  if (denies && verb !== 'unchanged' && (isMoved || verb === 'created') && !options.dryRun) {
    tools.say('waiting until API servers call the webhook, before Pods without sidecar are refused');
    await tools.wait(API_SERVERS_SETTLE_MS, signal);
  }
  const policy = before.get('policy');
  if (denies && policy !== undefined && !options.dryRun && differences(companion.policy, policy).length > 0) {
    tools.say('waiting until functions follow the cluster record, before Pods without what it brings are refused');
    await tools.wait(CACHES_FOLLOW_MS, signal);
  }
  await apply('policy', companion.policy);
  await apply('binding', companion.binding);
  return changes;
}

/** Takes the companion policy away: the binding first, which puts it into force. */
export async function removeCompanion(
  before: ActualObjects,
  tools: Pick<Tools, 'api'>,
  { dryRun }: Pick<RegisterOptions, 'dryRun'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const changes: string[] = [];
  for (const kind of ['binding', 'policy'] as const) {
    if (!before.has(kind)) continue;
    const isThere = dryRun || (await tools.api.delete(PLACES[kind].path, signal));
    if (isThere) changes.push(changeLine(kind, 'deleted', dryRun));
  }
  return changes;
}

/** Whether the policy that stands there refuses Pods. */
export function isDenying(before: ActualObjects): boolean {
  return validationActions(before.get('binding')).includes('Deny');
}

/** `mutatingwebhookconfiguration.admissionregistration.k8s.io/outrigger created`, as kubectl prints it. */
export function changeLine(kind: RegisteredKind, verb: string, dryRun: boolean): string {
  return `${PLACES[kind].title} ${verb}${dryRun ? ' (server dry run)' : ''}`;
}

function verbFor(before: KubeObject | undefined, applied: KubeObject): string {
  if (before === undefined) return 'created';
  const version = (object: KubeObject): unknown => own(object.metadata, 'resourceVersion');
  return version(before) === version(applied) ? 'unchanged' : 'configured';
}

/** The response, or a refusal with what to do about it. */
async function explained<T>(asked: Promise<T>, title: string): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    if (!(cause instanceof ClusterApiError)) throw cause;
    if (cause.status === 409) {
      const message = `${title}: ${cause.message}; leave these fields to their manager, or take them over with --force-conflicts`;
      throw new RegistrationError(message, { cause });
    }
    // GKE with control-plane egress NONE (1.35.1 and newer) refuses every webhook by URL with a built-in policy.
    if (cause.message.includes('ValidatingAdmissionPolicy') && /clientConfig\.url|egress/i.test(cause.message)) {
      const message =
        `${title}: a policy of the cluster refuses webhooks by URL: ${cause.message}. On GKE that is control-plane ` +
        'egress NONE, which also keeps the API server from reaching any URL; set it to VIA_CONTROL_PLANE and register again';
      throw new RegistrationError(message, { cause });
    }
    throw cause;
  }
}

function selectorOf(webhook: KubeObject | undefined): unknown {
  const list = webhook?.['webhooks'];
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return isRecord(first) ? own(first, 'namespaceSelector') : undefined;
}

function validationActions(binding: KubeObject | undefined): readonly unknown[] {
  const spec = binding?.['spec'];
  const actions = isRecord(spec) ? own(spec, 'validationActions') : undefined;
  return Array.isArray(actions) ? actions : [];
}
