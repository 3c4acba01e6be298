import { event } from './event.ts';

const CANARY = { cluster: 'name', namespace: 'name', name: 'name' } as const;

/** A request of the release API is answered, by HTTP status. `warn` from 400, `error` from 500; none for a watch for which nothing is new (429). */
export const releaseRequested = /* @__PURE__ */ event(
  'release request',
  ['info', 'warn', 'error'],
  {
    method: 'name?',
    who: 'identity?',
    document: 'code?',
    cluster: 'name?',
    namespace: 'name?',
    name: 'name?',
    part: 'code?',
    status: 'code',
    reason: 'code?',
    why: 'sentence?',
    error: 'code?',
    ms: 'milliseconds',
  },
  { count: 'releaseRequests', values: { ms: 'Milliseconds' }, by: [['status'], []] },
);

/** A canary is written: the weights before and after, and by whom. */
export const releaseChanged = /* @__PURE__ */ event(
  'release changed',
  'info',
  {
    cluster: 'name',
    namespace: 'name',
    name: 'name',
    verb: 'code',
    who: 'identity',
    from: 'version?',
    to: 'version?',
    phase: 'code',
    resourceVersion: 'version',
  },
  { count: 'releaseChanges', by: [['cluster', 'verb']] },
);

/** A release has moved by itself: to which step, and why. */
export const releaseStepped = /* @__PURE__ */ event(
  'release stepped',
  'info',
  { cluster: 'name', namespace: 'name', name: 'name', move: 'code', reason: 'code?', step: 'count', attempt: 'count' },
  { count: 'releaseSteps', by: [['cluster', 'move']] },
);

/** Where a release that moves stands, at each look: shares that are set and that all proxies follow, and the evidence, as the logarithm of E to base 10. */
export const releaseLooked = /* @__PURE__ */ event(
  'release looked at',
  'info',
  {
    ...CANARY,
    weightSet: 'percent',
    weightServed: 'percent',
    log10E: 'number',
    evidenceLag: 'seconds',
    stepTime: 'seconds',
  },
  {
    count: 'releaseLooks',
    values: {
      ...{ weightSet: 'Percent', weightServed: 'Percent', log10E: 'None' },
      ...{ evidenceLag: 'Seconds', stepTime: 'Seconds' },
    },
    by: [['cluster', 'namespace', 'name']],
  },
);

/** The share of the responses of its step that were the canary's, at each look at a release that has any. */
export const releaseShareMeasured = /* @__PURE__ */ event(
  'release share measured',
  'info',
  { ...CANARY, weightMeasured: 'percent', responses: 'count' },
  {
    count: 'releaseShares',
    values: { weightMeasured: 'Percent', responses: 'Count' },
    by: [['cluster', 'namespace', 'name']],
  },
);

/** A look at a running release fails: it moves on with the next one that does not. */
export const releaseStepFailed = /* @__PURE__ */ event(
  'release step failed',
  'error',
  { ...CANARY, error: 'code' },
  { count: 'releaseStepFailures', by: [[]], alarm: true },
);

/** A release begins because the Pod template of the canary's workload changed. */
export const releaseBegun = /* @__PURE__ */ event('release begun', 'info', { ...CANARY, attempt: 'count' });

/** The lease of looks cannot be read or taken; both invocations look then. */
export const lookLeaseFailed = /* @__PURE__ */ event('look lease failed', 'warn', { error: 'code' });

/** A freeze is written, or taken away: what it holds for, and who did it. Its reason stays in the freeze. */
export const freezeChanged = /* @__PURE__ */ event(
  'freeze changed',
  'info',
  {
    scope: 'code',
    cluster: 'name?',
    namespace: 'name?',
    name: 'name',
    verb: 'code',
    who: 'identity',
    until: 'version?',
  },
  { count: 'freezeChanges', by: [['scope', 'verb']] },
);

/** An abort cannot be written: requests still go to a canary that was to be stopped. */
export const abortFailed = /* @__PURE__ */ event('abort failed', 'error', CANARY, {
  count: 'abortFailures',
  by: [[]],
  alarm: true,
});

/** That all proxies follow a write cannot be kept; the next request finds it again. */
export const confirmationNotKept = /* @__PURE__ */ event('confirmation not kept', 'warn', {
  cluster: 'name',
  namespace: 'name',
  name: 'name',
  why: 'code',
});
