import { event } from './event.ts';

/** The container serves polls on this port. */
export const containerReady = /* @__PURE__ */ event('container ready', 'info', { port: 'count' });

/** The certificate of the container was replaced by that which its files hold now. */
export const certificateReplaced = /* @__PURE__ */ event('certificate replaced', 'info', {});

/** The files of the container's certificate hold no certificate and its key; the one before is served. */
export const certificateRefused = /* @__PURE__ */ event('certificate refused', 'error', { why: 'sentence' });

/** Connections to the container were closed as they came, for being more than OUTRIGGER_CONNECTIONS_MAX. */
export const connectionsDropped = /* @__PURE__ */ event('connections dropped', 'warn', { connections: 'count' });

/** The container was told to go: it serves what comes until proxies have other connections, and ends. */
export const containerLeaving = /* @__PURE__ */ event('container leaving', 'info', { notice: 'milliseconds' });
