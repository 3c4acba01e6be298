import { type DriftReport, reportHead, type WorkloadDrift } from '../../functions/drift/report.ts';

/** A report of a Kubernetes cluster with one workload, made so many milliseconds ago. */
export function driftReportOf(cluster: string, agoMs = 0, workload: Partial<WorkloadDrift> = {}): DriftReport {
  const counts = { pods: 3, drifted: 2, missing: 1, outdated: 1, extra: 0, refused: 0 };
  return {
    ...reportHead(cluster),
    asOf: new Date(Date.now() - agoMs).toISOString(),
    ...counts,
    workloads: [
      {
        namespace: 'shop',
        kind: 'Deployment',
        name: 'web',
        ...counts,
        templates: [
          { name: 'envoy', drift: 'missing', pods: 1, from: [], to: ['8'] },
          { name: 'envoy', drift: 'outdated', pods: 1, from: ['7'], to: ['8'] },
        ],
        examples: ['web-1-a', 'web-1-b'],
        command: 'kubectl rollout restart deployment/web -n shop',
        ...workload,
      },
    ],
    podsLeftOut: 0,
  };
}
