/** Files are read anew about this often, so that an edited template or record serves the next request. Milliseconds. */
export const FILES_TTL_MS = 200;
/** Files do not hang; a busy machine is merely slow, and nobody is helped by a Pod that is refused for it. Milliseconds. */
export const FILES_READ_MS = 10_000;
