/**
 * The times of notifications, in milliseconds, each inside the next (asserted in test/limits.test.ts): one try at one place < what a
 * round sends < how long no other round begins.
 */
export const NOTICE_SEND_MS = 3_000;
/** What does not fit into it is the next round's. */
export const NOTICE_ROUND_MS = 8_000;
/** For finding what is to be sent, and for writing what became of it. */
export const NOTICE_STORE_MS = 5_000;
/** A round that was killed is done again after it. */
export const NOTICE_BUSY_MS = 30_000;
