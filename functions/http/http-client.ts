import http from 'node:http';
import https from 'node:https';

/** One request as it goes over the wire. */
export interface Ask {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Bounds the whole of it, name resolution included. */
  readonly signal: AbortSignal;
  /** An answer that is larger is given up at this size. */
  readonly bytesMax: number;
  /** Agent, authorities, resolution of names and the like. */
  readonly tls?: Pick<https.RequestOptions, 'agent' | 'ca' | 'servername' | 'lookup'>;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** There was no answer, or it was larger than asked for. `cause` keeps Node's error; no header is in it. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError' as const;
  /** Node's, e.g. `ECONNRESET`, `ENOTFOUND`, `ABORT_ERR` (time is up); `TOO_LARGE`. */
  readonly code: string;

  constructor(cause: Error) {
    const code = 'code' in cause ? String(cause.code) : cause.name;
    super(`no answer (${code})`, { cause });
    this.code = code;
  }
}

/**
 * Sends one request and reads its answer, whatever its status. Redirects are answers: they would lead to hosts that
 * no configuration names. Rejects with NoAnswerError. node:https and not `fetch`, whose undici costs 30 ms of INIT.
 */
export async function exchange(url: URL, { method, headers, body, signal, bytesMax, tls }: Ask): Promise<Answer> {
  const { request } = url.protocol === 'https:' ? https : http;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return await new Promise((resolve, reject) => {
    const fail = (cause: Error): void => reject(new NoAnswerError(cause));
    const asked = request(url, { ...tls, method, signal, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > bytesMax) asked.destroy(Object.assign(new Error('too large'), { code: 'TOO_LARGE' }));
        else chunks.push(chunk);
      });
      response.on('end', () => {
        const { statusCode: status = 0, headers: received } = response;
        resolve({ status, headers: received, text: Buffer.concat(chunks).toString('utf8') });
      });
      response.on('error', fail);
    });
    asked.on('error', fail);
    asked.end(body);
  });
}
