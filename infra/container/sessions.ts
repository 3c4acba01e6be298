import type { Http2Session } from 'node:http2';
import { IDLE_MS } from './limits.ts';

/** The open connections of HTTP/2. */
export interface Sessions {
  /** A new one, which ends when nothing happens on it for `IDLE_MS`. */
  add(session: Http2Session): void;
  /** From now on each is told with its next answer to open another connection. */
  leave(): void;
  /**
   * An answer is about to be sent. GOAWAY goes before it, so that a peer that waits for the answer knows where to ask next;
   * a stream that crosses it on the wire is refused as one that was not looked at (REFUSED_STREAM). Node has no way to
   * announce a GOAWAY first (nghttp2's shutdown notice): after any of its own nghttp2 ignores new streams.
   */
  onAnswer(session: Http2Session | undefined): void;
  /** Ends each when its last stream does. */
  close(): void;
}

/** Keeps the sessions of one server. */
export function createSessions(): Sessions {
  const open = new Set<Http2Session>();
  let isLeaving = false;

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
    },
    onAnswer: (session) => {
      if (isLeaving && session?.closed === false) session.close();
    },
    close: () => {
      for (const session of open) session.close();
    },
  };
}
