import { event } from './event.ts';

/** A proxy gets a configuration that it does not run yet. */
export const configurationSent = /* @__PURE__ */ event('configuration sent', 'info', {
  cluster: 'name',
  namespace: 'name',
  pod: 'name?',
  kind: 'code',
  version: 'version',
  before: 'version?',
});

/** What proxies were seen to run, how often they poll, or what they counted cannot be written; the next poll tries again. */
export const reportsNotWritten = /* @__PURE__ */ event('sightings not written', 'warn', {
  cluster: 'name',
  why: 'code',
});

/** Reports of what a proxy counted are refused: they cannot be. One line a minute tells how many, and the last namespace. */
export const figuresRefused = /* @__PURE__ */ event(
  'figures refused',
  'warn',
  { cluster: 'name', namespace: 'name', reports: 'count' },
  { count: 'figuresRefusals', values: { reports: 'Count' }, by: [['cluster']] },
);

/** A stored canary is not served as it was read: what of it is sound is served. */
export const canaryRefused = /* @__PURE__ */ event('canary refused', 'error', {
  cluster: 'name',
  canary: 'name',
  why: 'sentence',
});
