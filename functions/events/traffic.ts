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

/** What proxies were seen to run, or how often they poll, cannot be written; the next poll tries again. */
export const sightingsNotWritten = /* @__PURE__ */ event('sightings not written', 'warn', {
  cluster: 'name',
  why: 'code',
});

/** A stored canary is not served as it was read: what of it is sound is served. */
export const canaryRefused = /* @__PURE__ */ event('canary refused', 'error', {
  cluster: 'name',
  canary: 'name',
  why: 'sentence',
});
