import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { BODY_BYTES_MAX } from '../../functions/http/event.ts';
import { POLL_CHARACTERS_MAX } from '../../functions/traffic/poll.ts';
import { BODIES_BYTES_MAX, HEARD_BYTES_MAX, KEPT_BYTES_MAX } from './limits.ts';

/** A body as Lambda's events hold it. */
export interface EventBody {
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** Too much is being read already. The caller comes again. */
export class OverloadError extends Error {
  override readonly name = 'OverloadError' as const;
}

const EMPTY: EventBody = { isBase64Encoded: false };
/** What stands for bodies that are refused by their length alone: the handler says of it what it says of them. */
const LONG: EventBody = { body: ' '.repeat(POLL_CHARACTERS_MAX + 1), isBase64Encoded: false };
/** The same for those beyond what Lambda delivers. */
const LARGE: EventBody = { body: ' '.repeat(BODY_BYTES_MAX + 1), isBase64Encoded: false };

/** The room for the bodies of all requests at a time. */
export class BodyRoom {
  #left: number;

  constructor(bytes = BODIES_BYTES_MAX) {
    this.#left = bytes;
  }

  /** Whether there was room for so many bytes more; it is taken then. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

/** The bytes of one body that are kept, each counted in the room of all. */
class KeptBody {
  readonly #room: BodyRoom;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(room: BodyRoom) {
    this.#room = room;
  }

  /** @returns false where there is no room: then nothing is kept any more */
  add(chunk: Buffer): boolean {
    if (!this.#room.take(chunk.length)) {
      this.drop();
      return false;
    }
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    return true;
  }

  drop(): void {
    this.#room.give(this.#bytes);
    this.#bytes = 0;
    this.#chunks = [];
  }

  whole(): Buffer {
    const [first] = this.#chunks;
    return this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
  }
}

/**
 * Reads a body within bounds and uses it: what is too long for a poll is counted and not kept.
 *
 * @param isRead whether the handler would look at it at all; otherwise it is passed over
 * @param use gets the body; the room that it takes is free again when this has settled
 * @returns what `use` returns; rejects with OverloadError where there is no room, and with another error when the caller
 *   goes away before its end, or goes on beyond `HEARD_BYTES_MAX`
 */
export async function withPollBody<T>(
  request: Readable,
  isRead: boolean,
  room: BodyRoom,
  use: (body: EventBody) => Promise<T>,
): Promise<T> {
  const kept = new KeptBody(room);
  try {
    const { bytes, isOverload } = await hear(request, isRead ? kept : undefined);
    if (isOverload) throw new OverloadError('too many bodies are being read');
    return await use(bodyOf(kept, isRead ? bytes : 0));
  } finally {
    kept.drop();
  }
}

/** Hears a request out, and keeps of it what may be kept. */
async function hear(request: Readable, kept: KeptBody | undefined): Promise<{ bytes: number; isOverload: boolean }> {
  let bytes = 0;
  let isOverload = false;
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > KEPT_BYTES_MAX) kept?.drop();
      else if (kept !== undefined && !isOverload) isOverload = !kept.add(chunk);
      if (bytes > HEARD_BYTES_MAX) reject(new Error('the body does not end'));
    });
    request.once('end', resolve);
    request.once('error', reject);
    request.once('close', () => reject(new Error('the caller went away')));
  });
  return { bytes, isOverload: isOverload && bytes <= KEPT_BYTES_MAX };
}

function bodyOf(kept: KeptBody, bytes: number): EventBody {
  if (bytes === 0) return EMPTY;
  if (bytes > KEPT_BYTES_MAX) return bytes > BODY_BYTES_MAX ? LARGE : LONG;
  const body = kept.whole();
  // A body that is not UTF-8 goes as base64, as from API Gateway: U+FFFD would change it silently.
  const isText = isUtf8(body);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}
