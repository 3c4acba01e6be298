import { event } from './event.ts';

/** A request for a custom resource would be answered somewhere else than at CloudFormation; nothing is done. */
export const resourceRefused = /* @__PURE__ */ event('custom resource refused', 'error', { reason: 'sentence' });

/** The work for a custom resource fails, by the class of the error. */
export const resourceFailed = /* @__PURE__ */ event('custom resource failed', 'error', {
  requestType: 'code',
  resourceType: 'name',
  error: 'code',
});

/** CloudFormation is answered; `error` where the answer does not arrive. */
export const resourceAnswered = /* @__PURE__ */ event('custom resource answered', ['info', 'error'], {
  requestType: 'name',
  resourceType: 'name',
  status: 'code',
  reason: 'sentence',
  lost: 'sentence?',
});

/** A step of a registration. */
export const registrarStep = /* @__PURE__ */ event('registrar', 'info', { line: 'sentence' });
