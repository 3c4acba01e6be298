/** Files are read again about this often, so that an edited template or record serves the next request. Milliseconds. */
export const FILES_TTL_MS = 200;
/** Files do not hang; a busy machine is merely slow, and refusing a Pod for it helps no one. Milliseconds. */
export const FILES_READ_MS = 10_000;
