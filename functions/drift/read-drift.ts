import { nextInUse } from '../cluster-record/next-channel.ts';
import { TemplateStoreError } from '../errors.ts';
import { INJECTION_LABEL } from '../injection/annotations.ts';
import { createPlanMemo } from '../injection/plan/plan-memo.ts';
import { own } from '../json/check.ts';
import { type ClusterApi, ClusterApiError, type KubeObject } from '../kube-api/cluster-api.ts';
import { mapOf } from '../kubernetes/pod.ts';
import type { FleetState } from '../template-store/cache/fleet-state.ts';
import { examinePod, type PodDrift, type Served } from './examine-pod.ts';
import { pagesOf } from './pages.ts';
import { type DriftReport, reportHead } from './report.ts';
import { additionsOf } from './sent-pod.ts';
import { createTally, type Tally } from './tally.ts';

/** What a reading is made with. */
export interface DriftReading {
  /** Only reads: `get` and `list` on Pods and namespaces. */
  readonly api: Pick<ClusterApi, 'get' | 'list'>;
  /** The record of the Kubernetes cluster, with the templates of its channels. */
  readonly state: FleetState;
  /** The only namespaces whose Pods are sent to the webhook (`readStage`); absent: all with the opt-in label. */
  readonly stage?: readonly string[];
  /** Only this one; absent: all. */
  readonly namespace?: string;
  /** Objects per page, 500 as kubectl has it; halved while a page is too large to be read at once. */
  readonly pageSize?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** The namespace that was asked for does not exist. */
export class NoNamespaceError extends Error {
  override readonly name = 'NoNamespaceError';
}

/** A continue token lives some five minutes (etcd's compaction); a list that outlasts it this often is given up. */
const BEGINNINGS_MAX = 3;

/**
 * Reads the running Pods of a Kubernetes cluster page by page, and compares each with what it would get today. Finished
 * and terminating Pods do not count. Nothing is kept of a Pod but its counts and, of some, its name. A list whose
 * continue token has expired is started again, sums included. Rejects as the ClusterApi does, and with TemplateStoreError
 * where the next channel's templates are not known: its whole share would look outdated.
 */
export async function readDrift(reading: DriftReading): Promise<DriftReport> {
  const { state, namespace, now } = reading;
  checkNext(state);
  const asOf = new Date(now()).toISOString();
  const served: Served = { state, additions: additionsOf(state), plan: createPlanMemo() };
  for (let beginnings = 1; ; beginnings++) {
    try {
      const sums = await sumUp(reading, served);
      return { ...reportHead(state.cluster), asOf, ...(namespace === undefined ? {} : { namespace }), ...sums };
    } catch (error) {
      const isExpired = error instanceof ClusterApiError && error.status === 410;
      if (!isExpired || beginnings >= BEGINNINGS_MAX) throw error;
    }
  }
}

/** The webhook does without a next channel that it cannot read; a report must not tell people to restart for that. */
function checkNext({ record, nextTemplates }: FleetState): void {
  const next = nextInUse(record);
  // In shadow mode no Pod gets it.
  if (next === undefined || next.shadow || nextTemplates !== undefined) return;
  throw new TemplateStoreError(`no drift report can be made now: channel ${next.channel} cannot be read; try again`);
}

async function sumUp(reading: DriftReading, served: Served): Promise<ReturnType<Tally['report']>> {
  const namespaces = await readNamespaces(reading);
  const tally = createTally();
  const path = reading.namespace === undefined ? '/api/v1/pods' : `${namespacePath(reading.namespace)}/pods`;
  for await (const pods of pagesOf(reading, path)) {
    for (const pod of pods) {
      const { namespace = '' } = pod.metadata;
      const isSent = namespaces.get(namespace);
      // A namespace that was made since: the next report has it.
      if (isSent === undefined || !isRunning(pod)) continue;
      const drift = examine(pod, namespace, isSent, served);
      if (drift !== undefined) tally.add(pod, namespace, drift);
    }
  }
  return tally.report();
}

/** A Pod that we trip over costs the report that one Pod. No abort can end up here: nothing in it waits. */
function examine(...[pod, namespace, isSent, served]: Parameters<typeof examinePod>): PodDrift | undefined {
  try {
    return examinePod(pod, namespace, isSent, served);
  } catch {
    return { templates: [], refused: 'it cannot be compared with what it would get today: a fault of Outrigger' };
  }
}

/** Each namespace, and whether its Pods are sent to the webhook. */
async function readNamespaces(reading: DriftReading): Promise<ReadonlyMap<string, boolean>> {
  const { api, namespace, stage, signal } = reading;
  const found = new Map<string, boolean>();
  const note = (object: KubeObject): void => {
    const { name } = object.metadata;
    const isOptedIn = own(mapOf(object.metadata, 'labels'), INJECTION_LABEL) === 'enabled';
    found.set(name, isOptedIn && (stage === undefined || stage.includes(name)));
  };
  if (namespace === undefined) {
    for await (const page of pagesOf(reading, '/api/v1/namespaces')) page.forEach(note);
    return found;
  }
  const object = await api.get(namespacePath(namespace), signal);
  if (object === undefined) throw new NoNamespaceError(`there is no namespace ${namespace}`);
  note(object);
  return found;
}

function isRunning(pod: KubeObject): boolean {
  const phase = own(mapOf(pod, 'status'), 'phase');
  return phase !== 'Succeeded' && phase !== 'Failed' && own(pod.metadata, 'deletionTimestamp') === undefined;
}

function namespacePath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
}
