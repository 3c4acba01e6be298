import { constants, type Http2Session } from 'node:http2';
import { IDLE_MS } from './limits.ts';

/** RFC 9113, section 6.8: a GOAWAY of the highest stream announces that another one follows, and refuses nothing yet. */
const HIGHEST_STREAM = 2 ** 31 - 1;

/** The open connections of HTTP/2. */
export interface Sessions {
  /** A new one, which ends when nothing happens on it for `IDLE_MS`. */
  add(session: Http2Session): void;
  /** Tells the peers to open other connections, and goes on serving these; those to come are told with their first answer. */
  leave(): void;
  /** An answer of this session has been sent. */
  onAnswered(session: Http2Session | undefined): void;
  /** Ends each when its last stream does; what comes too late is refused in a way that says that it was not looked at. */
  close(): void;
}

/** Keeps the sessions of one server. */
export function createSessions(): Sessions {
  const open = new Set<Http2Session>();
  const told = new WeakSet<Http2Session>();
  let isLeaving = false;

  const tell = (session: Http2Session): void => {
    if (told.has(session) || session.closed || session.destroyed) return;
    told.add(session);
    session.goaway(constants.NGHTTP2_NO_ERROR, HIGHEST_STREAM);
  };
  return {
    add: (session) => {
      open.add(session);
      session.once('close', () => open.delete(session));
      // A peer that breaks the protocol, or its connection, is nothing to tell of; its session is closed by Node.
      session.on('error', () => undefined);
      session.setTimeout(IDLE_MS, () => session.close());
    },
    leave: () => {
      isLeaving = true;
      for (const session of open) tell(session);
    },
    onAnswered: (session) => {
      if (isLeaving && session !== undefined) tell(session);
    },
    close: () => {
      for (const session of open) session.close();
    },
  };
}
