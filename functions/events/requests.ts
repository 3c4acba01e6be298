import { event } from './event.ts';

const TROUBLE = { name: 'name', why: 'sentence' } as const;

/** A review or a poll is refused for a mistake of its caller, by HTTP status. */
export const requestRefused = /* @__PURE__ */ event(
  'request refused',
  'warn',
  { status: 'code', why: 'sentence', ms: 'milliseconds?' },
  { count: 'refusals', by: [['status'], []], alarm: true },
);

/** A review or a poll fails by a fault of ours, by the class of the error. */
export const requestFailed = /* @__PURE__ */ event(
  'request failed',
  'error',
  { error: 'code', why: 'sentence?', ms: 'milliseconds?' },
  { count: 'failures', by: [['error'], []], alarm: true },
);

/** Parameter Store or DynamoDB cannot be read; what was read last is served. */
export const storeUnreadable = /* @__PURE__ */ event('store unreadable', 'error', TROUBLE, {
  count: 'storeFailures',
  by: [[]],
  alarm: true,
});

/** A published template is malformed; its last good version is served. */
export const templateRefused = /* @__PURE__ */ event('template refused', 'error', TROUBLE, {
  count: 'refusedTemplates',
  by: [['name'], []],
  alarm: true,
});

/** A cluster record is malformed; its last good version counts. */
export const recordRefused = /* @__PURE__ */ event('cluster record refused', 'error', TROUBLE);

/** A Kubernetes cluster calls that has no record: it is refused until it is registered. */
export const recordMissing = /* @__PURE__ */ event('cluster record missing', 'error', TROUBLE);

/** The environment of a function is incomplete, or its snapshot is damaged; every call is answered 500. */
export const misconfigured = /* @__PURE__ */ event('function is misconfigured', 'error', { why: 'sentence' });
