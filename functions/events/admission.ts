import { event } from './event.ts';

/** A review is answered: the decision and why. `error` where the verdict is `fail`. */
export const reviewed = /* @__PURE__ */ event(
  'review',
  ['info', 'error'],
  {
    uid: 'name',
    operation: 'name',
    namespace: 'name',
    name: 'name',
    owner: 'name?',
    dryRun: 'flag',
    cluster: 'name',
    verdict: 'code',
    reason: 'code',
    templates: 'names',
    operations: 'count',
    channel: 'name?',
    channelReason: 'code?',
    warnings: 'count',
    ms: 'milliseconds',
  },
  { count: 'reviews', values: { ms: 'Milliseconds' }, by: [['cluster', 'verdict'], ['reason']] },
);

/** The next channel, in shadow mode, is compared with what was served. `warn` where it fails. */
export const shadowCompared = /* @__PURE__ */ event(
  'shadow compared',
  ['info', 'warn'],
  {
    uid: 'name',
    operation: 'name',
    namespace: 'name',
    name: 'name',
    owner: 'name?',
    dryRun: 'flag',
    cluster: 'name',
    result: 'code',
    channel: 'name',
    reason: 'code',
    templates: 'names',
    operations: 'count',
    nextReason: 'code?',
    nextTemplates: 'names?',
    nextOperations: 'count?',
  },
  { count: 'shadows', by: [['cluster', 'result']] },
);

/** The template store is throttled, and the API server is asked to send the review again. */
export const reviewPostponed = /* @__PURE__ */ event(
  'review to be sent again: the template store is throttled',
  'warn',
  {
    uid: 'name',
    ms: 'milliseconds',
  },
);
