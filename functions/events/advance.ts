import { event } from './event.ts';

/** Tombstones of deleted canaries are cleared away. */
export const tombstonesCleared = /* @__PURE__ */ event(
  'tombstones cleared',
  'info',
  { cluster: 'name', tombstones: 'count' },
  { count: 'clearings', values: { tombstones: 'Count' }, by: [['cluster']] },
);

/** Canaries that their proxies have learned are `Initialized` from now on. */
export const canariesInitialized = /* @__PURE__ */ event('canaries initialized', 'info', {
  cluster: 'name',
  canaries: 'count',
});

/** All proxies hold what was staged, and routes lead to it so much earlier than its time was. */
export const stagingEnded = /* @__PURE__ */ event('staging ended', 'info', {
  cluster: 'name',
  namespace: 'name',
  name: 'name',
  revision: 'count',
  earlierMs: 'milliseconds',
});

/** It cannot be found out whether proxies hold what is staged: it ends by its time, at the latest. */
export const stagingNotEnded = /* @__PURE__ */ event('staging not ended', 'warn', {
  cluster: 'name',
  namespace: 'name',
  name: 'name',
  error: 'code',
});

/** Clearing has no time left; the next tick goes on. */
export const clearingUnfinished = /* @__PURE__ */ event('clearing unfinished', 'warn', { next: 'name' });

/** Tombstones of a Kubernetes cluster cannot be cleared; `what` is `clusters` where those cannot even be listed. */
export const clearingFailed = /* @__PURE__ */ event(
  'clearing failed',
  'error',
  { cluster: 'name?', what: 'code?', error: 'code' },
  { count: 'clearFailures', by: [[]], alarm: true },
);

/** Metrics of other providers are measured for a release; `errors` could not be. */
export const metricsMeasured = /* @__PURE__ */ event(
  'metrics measured',
  'info',
  {
    ...{ cluster: 'name', namespace: 'name', name: 'name', metrics: 'count' },
    ...{ failed: 'count', inconclusive: 'count', errors: 'count' },
  },
  { count: 'metricMeasurements', values: { metrics: 'Count', errors: 'Count' }, by: [['cluster']] },
);

/** A drift report is written: how many Pods differ from what they would get today. */
export const driftReported = /* @__PURE__ */ event(
  'drift reported',
  'info',
  {
    cluster: 'name',
    pods: 'count',
    podsMissing: 'count',
    podsOutdated: 'count',
    podsExtra: 'count',
    podsRefused: 'count',
    workloads: 'count',
    ms: 'milliseconds',
  },
  {
    count: 'driftReports',
    values: { podsMissing: 'Count', podsOutdated: 'Count', podsExtra: 'Count', podsRefused: 'Count' },
    by: [['cluster']],
  },
);

/** How old the drift report of a Kubernetes cluster is, at every tick. */
export const driftChecked = /* @__PURE__ */ event(
  'drift checked',
  'info',
  { cluster: 'name', reportAge: 'seconds' },
  { count: 'driftChecks', values: { reportAge: 'Seconds' }, by: [['cluster']] },
);

/** The Pods of a Kubernetes cluster cannot be read for a report: its HTTP status, or the code of EKS. */
export const driftUnreadable = /* @__PURE__ */ event(
  'drift unreadable',
  'error',
  { cluster: 'name', error: 'code', status: 'count?', code: 'code?' },
  { count: 'driftFailures', by: [['cluster'], []], alarm: true },
);

/** A workload of a release cannot be read; `status` is the API server's, where there is one. What waits for it goes on waiting. */
export const workloadUnreadable = /* @__PURE__ */ event(
  'workload unreadable',
  'warn',
  { cluster: 'name', namespace: 'name', error: 'code', status: 'count?' },
  { count: 'workloadFailures', by: [['cluster']] },
);

/** A release has given stable's workload the Pod template of the canary's (promotion `Copy`). */
export const templateCopied = /* @__PURE__ */ event('template copied', 'info', {
  ...{ cluster: 'name', namespace: 'name', name: 'name' },
});

/** A workload of a release cannot be written; `status` is the API server's, where there is one. The release waits and tries again. */
export const workloadUnwritable = /* @__PURE__ */ event('workload unwritable', 'warn', {
  ...{ cluster: 'name', namespace: 'name', error: 'code', status: 'count?' },
});

/** Drift reports have no time left; the next tick goes on. */
export const driftUnfinished = /* @__PURE__ */ event('drift unfinished', 'warn', { next: 'name' });
