import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { BODY_BYTES_MAX } from '../../functions/http/event.ts';
import { POLL_CHARACTERS_MAX } from '../../functions/traffic/poll.ts';
import { HEARD_BYTES_MAX, KEPT_BYTES_MAX } from './limits.ts';

/** A body as Lambda's events hold it. */
export interface EventBody {
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

const EMPTY: EventBody = { isBase64Encoded: false };
/** What stands for bodies that are refused by their length alone: the handler says of it what it says of them. */
const LONG: EventBody = { body: ' '.repeat(POLL_CHARACTERS_MAX + 1), isBase64Encoded: false };
/** The same for those beyond what Lambda delivers. */
const LARGE: EventBody = { body: ' '.repeat(BODY_BYTES_MAX + 1), isBase64Encoded: false };

/**
 * Reads a body within bounds: what is too long for a poll is counted and not kept.
 *
 * @param isRead whether the handler would look at it at all; otherwise it is passed over
 * @returns rejects when the caller goes away before its end, or goes on beyond `HEARD_BYTES_MAX`
 */
export async function readPollBody(request: Readable, isRead: boolean): Promise<EventBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (isRead && bytes <= KEPT_BYTES_MAX) chunks.push(chunk);
      else chunks.length = 0;
      if (bytes > HEARD_BYTES_MAX) reject(new Error('the body does not end'));
    });
    request.once('end', resolve);
    request.once('error', reject);
    request.once('close', () => reject(new Error('the caller went away')));
  });
  if (!isRead || bytes === 0) return EMPTY;
  if (bytes > KEPT_BYTES_MAX) return bytes > BODY_BYTES_MAX ? LARGE : LONG;
  const [first] = chunks;
  const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
  // A body that is not UTF-8 goes as base64, as from API Gateway: U+FFFD would change it silently.
  const isText = isUtf8(body);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}
