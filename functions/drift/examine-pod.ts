import { STATUS } from '../injection/annotations.ts';
import { guardRequest } from '../injection/decide/guards.ts';
import { mutateByChannel } from '../injection/mutate-by-channel.ts';
import { type Outcome, skipped } from '../injection/outcome.ts';
import type { Planned } from '../injection/plan/plan.ts';
import { type AppliedTemplate, type InjectionStatus, readStatus } from '../injection/status-annotation.ts';
import { isKeyBroughtByPod } from '../kubernetes/ownership.ts';
import { listOf, mapOf, nameOf, type RawPod } from '../kubernetes/pod.ts';
import type { Template } from '../template/template.ts';
import type { FleetState } from '../template-store/cache/fleet-state.ts';
import type { Drift } from './report.ts';
import { type Additions, containersOf, isBrought, podAsSent } from './sent-pod.ts';

/** What Pods are compared with. */
export interface Served {
  readonly state: FleetState;
  /** What the templates of the state add (`additionsOf`). */
  readonly additions: Additions;
  /** Makes or remembers plans. */
  readonly plan: (templates: readonly Template[]) => Planned;
}

/** How one running Pod differs from the one that would be made today; no drift where both fields are empty. */
export interface PodDrift {
  readonly templates: readonly {
    readonly name: string;
    readonly drift: Drift;
    readonly from?: string;
    readonly to?: string;
  }[];
  /** Why it would not be admitted today, or not with its templates. */
  readonly refused?: string;
}

const LISTS = ['initContainers', 'containers'] as const;

/**
 * Compares a running Pod with what it would get today, by the webhook's own guards, channel, decision and rendering.
 *
 * | the template is | the status annotation names  | its containers        | so it is                              |
 * |-----------------|------------------------------|-----------------------|---------------------------------------|
 * | wanted          | the same content             | are all there         | as it should be                       |
 * | wanted          | the same content             | are not all there     | missing, whatever is written there    |
 * | wanted          | other content                | any of ours there     | outdated                              |
 * | wanted          | other content                | none of ours there    | missing                               |
 * | wanted          | nothing                      | brought by the Pod    | as it should be, or refused           |
 * | wanted          | nothing                      | are all there         | outdated, from an unknown version     |
 * | wanted          | nothing                      | none, or not all there | missing                              |
 * | not wanted      | any, in the Pod's own request |                      | nothing: the author's own words       |
 * | not wanted      | any                          | are there, or none    | extra                                 |
 *
 * @param pod used up: its own containers may have been changed afterwards
 * @param isSent whether the Pods of the namespace are sent to the webhook
 * @returns undefined for a Pod that injection has nothing to do with: mirror Pods, those of system namespaces
 */
export function examinePod(
  pod: RawPod,
  namespace: string,
  isSent: boolean,
  { state, additions, plan }: Served,
): PodDrift | undefined {
  if (guardRequest(creationOf(pod, namespace)) !== undefined) return undefined;
  const status = readStatus(pod);
  const outcome = isSent
    ? mutateByChannel(podAsSent(pod, status, additions), namespace, state, { plan }).outcome
    : skipped('NoTemplate');
  const isRefused = outcome.verdict === 'deny' || outcome.verdict === 'fail';
  const refused = isRefused ? { refused: `${outcome.sentence} (${outcome.reason})` } : {};
  // What it would get is unknown, and so is what it has too much of.
  if (isRefused && outcome.templates.length === 0) return { templates: [], ...refused };
  const wanted = outcome.templates.flatMap((template) => {
    const drift = compare(pod, status, template, outcome);
    const from = status.templates.get(template.name)?.version;
    const origin = from === undefined ? {} : { from };
    return drift === undefined ? [] : [{ name: template.name, drift, ...origin, to: template.version }];
  });
  return { templates: [...wanted, ...extras(pod, status, outcome.templates)], ...refused };
}

function compare(
  pod: RawPod,
  status: InjectionStatus,
  template: Template,
  { verdict }: Outcome,
): Exclude<Drift, 'extra'> | undefined {
  const names = containersOf(template);
  const applied = status.templates.get(template.name);
  const isWhole = names.every((name) => find(pod, name) !== undefined);
  if (applied !== undefined) {
    if (applied.hash === template.hash) return isWhole ? undefined : 'missing';
    const isThere = status.containers.length === 0 || status.containers.some((name) => find(pod, name) !== undefined);
    return isThere ? 'outdated' : 'missing';
  }
  if (names.length === 0 || !isWhole) return 'missing';
  const isOwn = names.every((name) => find(pod, name)?.isBrought === true);
  if (!isOwn) return 'outdated';
  return verdict === 'inject' ? undefined : 'missing';
}

function extras(pod: RawPod, status: InjectionStatus, wanted: readonly Template[]): PodDrift['templates'] {
  const unwanted = [...status.templates].filter(([name]) => !wanted.some((template) => template.name === name));
  if (unwanted.length === 0) return [];
  if (isKeyBroughtByPod(pod, '/metadata/annotations', STATUS) === true) return [];
  const due = new Set(wanted.flatMap(containersOf));
  const left = status.containers.filter((name) => !due.has(name));
  const isThere = left.some((name) => {
    const found = find(pod, name);
    return found !== undefined && found.isBrought !== true;
  });
  if (left.length > 0 && !isThere) return [];
  return unwanted.map(([name, { version }]: [string, AppliedTemplate]) => ({ name, drift: 'extra', from: version }));
}

/** A container of the Pod by its name; `isBrought` is undefined where that is not known. */
function find(pod: RawPod, name: string): { readonly isBrought: boolean | undefined } | undefined {
  for (const list of LISTS) {
    const container = listOf(mapOf(pod, 'spec'), list).find((one) => nameOf(one) === name);
    if (container !== undefined) return { isBrought: isBrought(pod, list, container) };
  }
  return undefined;
}

/** The request that would create the Pod again, with the fields that guards read. */
function creationOf(object: RawPod, namespace: string): Parameters<typeof guardRequest>[0] {
  return {
    uid: '',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: '',
    name: undefined,
    namespace,
    operation: 'CREATE',
    dryRun: true,
    object,
  };
}
