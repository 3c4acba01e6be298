import type { PodTemplate } from '../../canary/workloads/pod-template.ts';
import { type TemplateWriter, titleOf, type Unwritable, type WorkloadRef } from '../../canary/workloads/workload.ts';
import { errorName } from '../../errors.ts';
import { workloadUnwritable } from '../../events.ts';
import { type ClusterApi, ClusterApiError, type SetOperation } from '../../kube-api/cluster-api.ts';
import { WORKLOAD_WRITE_MS } from '../../limits.ts';
import type { Log } from '../../log.ts';
import { workloadPath } from './workload-path.ts';

/** What Pod templates are written with. */
export interface WriterTools {
  /** Enters a Kubernetes cluster that was registered with the functions; may throw anything. */
  readonly openCluster: (cluster: string, signal: AbortSignal) => Promise<Pick<ClusterApi, 'patch'>>;
  readonly log: Log;
}

/** Another writer was faster, or the workload is gone: the next look reads it again. */
const CHANGED: ReadonlySet<number> = new Set([404, 409]);
/** What an API server answers where a webhook knows no dry runs; a real write has others. */
const NO_DRY_RUN = 400;

/** Makes the writing of Pod templates: one patch under the version that was read. */
export function createTemplateWriter({ openCluster, log }: WriterTools): TemplateWriter {
  return {
    async write({ cluster, namespace, ref }, from, template, isRehearsal, signal) {
      try {
        const within = AbortSignal.any([signal, AbortSignal.timeout(WORKLOAD_WRITE_MS)]);
        const api = await openCluster(cluster, within);
        const operations = operationsFor(from.resourceVersion, template);
        await api.patch(workloadPath(namespace, ref), operations, { dryRun: isRehearsal }, within);
        return 'written';
      } catch (error) {
        const status = error instanceof ClusterApiError ? { status: error.status } : {};
        if (status.status !== undefined && CHANGED.has(status.status)) return 'changed';
        if (isRehearsal && status.status === NO_DRY_RUN) return 'written';
        log(workloadUnwritable, { cluster, namespace, error: errorName(error), ...status });
        return whyNot(cluster, namespace, ref, error);
      }
    },
  };
}

/** The patch. An object of another version refuses it with 409. */
function operationsFor(resourceVersion: string, { labels, annotations, spec }: PodTemplate): readonly SetOperation[] {
  return [
    { op: 'add', path: '/metadata/resourceVersion', value: resourceVersion },
    { op: 'add', path: '/spec/template/metadata/labels', value: labels },
    { op: 'add', path: '/spec/template/metadata/annotations', value: annotations },
    { op: 'add', path: '/spec/template/spec', value: spec },
  ];
}

/** For people, without the words of others. */
function whyNot(cluster: string, namespace: string, ref: WorkloadRef, error: unknown): Unwritable {
  const title = titleOf(ref);
  if (!(error instanceof ClusterApiError)) {
    return { unwritable: `Kubernetes cluster ${cluster} does not answer for ${title} (${errorName(error)})` };
  }
  const { status } = error;
  if (status === 401 || status === 403) {
    const how = `outrigger cluster rbac --workloads ${namespace} --promotion Copy prints the Role, or an admission policy forbids it`;
    return { unwritable: `the functions may not patch ${title} of namespace ${namespace} (${status}): ${how}` };
  }
  return { unwritable: `Kubernetes cluster ${cluster} refuses the canary's Pod template for ${title} (${status})` };
}
