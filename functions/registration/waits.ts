import { STORE_READ_MS, STORE_TTL_MS } from '../limits.ts';

/**
 * All times in milliseconds. An API server takes a changed registration over by its watch: 15 to 90 ms were measured on a
 * single one; managed clusters run several. Ten seconds are a hundred times that.
 */
export const API_SERVERS_SETTLE_MS = 10_000;
/**
 * The same before a token is refused for good: the longest call that may be running with the old URL (`timeoutSeconds`
 * is at most 30), and an API server that has just lost its watch and lists the registrations again.
 */
export const API_SERVERS_FOLLOW_MS = 60_000;
/**
 * Until every function environment that found no record looks for it again (after a second, functions/http/cached-value.ts),
 * and Parameter Store returns a write to all of them.
 */
export const NEW_RECORD_FOLLOW_MS = 2_000 + STORE_READ_MS;
/** Function environments read a cluster record again after this: its time to live with the jitter of a fifth, and a read. */
export const CACHES_FOLLOW_MS = STORE_TTL_MS * 1.2 + STORE_READ_MS;
