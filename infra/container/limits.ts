import { POLL_CHARACTERS_MAX } from '../../functions/traffic/poll.ts';

/**
 * From the first byte of a request to the last of its answer, in milliseconds. A proxy gives a poll up after 5 s
 * (`POLL_TIMEOUT_SECONDS`), so what takes longer is of no use to it.
 */
export const REQUEST_MS = 5_000;
/** A handshake of TLS takes two round trips; a caller that needs longer than this, in milliseconds, holds a socket for nothing. */
export const HANDSHAKE_MS = 5_000;
/**
 * A connection on which nothing happens is closed after so many milliseconds: more than the 66 s between the polls of a
 * fleet at rest, so that a proxy at rest keeps the connection that it has.
 */
export const IDLE_MS = 75_000;
/** How often requests over HTTP/1.1 are looked at for these times, in milliseconds. */
export const CHECK_EVERY_MS = 1_000;
/**
 * All headers of a request, in bytes: a ServiceAccount token has some 1,200, and a sidecar adds a few. Over HTTP/2 callers
 * are told so, and cut off at the 64 KB of nghttp2.
 */
export const HEADER_BYTES_MAX = 32 * 1_024;
/** A proxy asks for three types and some may overlap; each stream costs memory. */
export const STREAMS_MAX = 16;
/** Of one HTTP/2 connection, in megabytes, as Node counts (10 by default). */
export const SESSION_MEGABYTES_MAX = 2;

/**
 * A body of more bytes holds more than `POLL_CHARACTERS_MAX` characters (a character of UTF-16 takes three bytes of
 * UTF-8 at most), and is refused whatever it says: it is counted, not kept.
 */
export const KEPT_BYTES_MAX = 3 * POLL_CHARACTERS_MAX;
/**
 * The bodies of all requests at a time, in bytes: 160,000 polls as sidecars cut them, or 800 of an Envoy that is not cut.
 * Without it 3,600 of those at a time used up the memory of a small task, and with it all others.
 */
export const BODIES_BYTES_MAX = 64 * 1_024 * 1_024;
/** A sender that goes on is heard out up to so many bytes, so that it reads the refusal, and is then cut off. */
export const HEARD_BYTES_MAX = 16 * 1_024 * 1_024;
