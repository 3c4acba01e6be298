import http from 'node:http';
import https from 'node:https';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpResult } from '../../../functions/http/result.ts';
import { sendWatch, untilClosed } from '../kubectl/send-watch.ts';
import type { WatchStream } from '../kubectl/watch-stream.ts';
import { decodePath, splitOnce, toHttpApiEvent } from './http-event.ts';

/** An entry point behind the gateway, as `serverless.yml` has it. */
export interface Route {
  /** `ANY`: the entry point itself refuses wrong methods, as it must behind a Function URL. */
  readonly method: string;
  /** A path in which `{name}` stands for one segment, and at its end `{name+}` for all that follow. */
  readonly path: string;
  readonly handler: (event: APIGatewayProxyEventV2) => Promise<HttpResult>;
  /** The function's timeout in milliseconds; past it the gateway answers 500, as API Gateway does. */
  readonly timeoutMs: number;
  /** Makes a watch that lasts of a request for one; undefined for any other. It has no timeout. */
  readonly watch?: (
    event: APIGatewayProxyEventV2,
    signal: AbortSignal,
  ) => Promise<WatchStream | HttpResult> | undefined;
}

/** API Gateway's limit for an HTTP API's payload. */
const PAYLOAD_BYTES_MAX = 10 * 1024 * 1024;
/** API Gateway's limit for the request line and all headers. */
const HEADER_BYTES_MAX = 10_240;
/** A sender that goes on after 413 is heard out up to here, so that it reads the response, and is then cut off. */
const DRAIN_BYTES_MAX = 64 * 1024 * 1024;

/**
 * A front like API Gateway's HTTP API, for entry points on this machine: HTTP or HTTPS in, payload 2.0 events to them. It
 * has the limits of the real one (10 MB payload, header size, timeouts), not its throttling or access control.
 */
export function createGateway(
  routes: readonly Route[],
  tls?: { readonly key: string; readonly cert: string },
): http.Server | https.Server {
  const listener: http.RequestListener = (request, response) => {
    void readPayload(request).then(
      async (body) => {
        if (body === undefined) return send(response, 413, message('Request Entity Too Large'), true);
        const found = findRoute(routes, request);
        if (found === undefined) return send(response, 404, message('Not Found'));
        const event = toHttpApiEvent(request, body, `${found.route.method} ${found.route.path}`, found.parameters);
        const watch = await found.route.watch?.(event, untilClosed(response));
        if (watch === undefined) return send(response, ...(await invoke(found.route, event)));
        return 'lines' in watch ? await sendWatch(response, watch) : send(response, watch.statusCode, watch);
      },
      // The client went away in the middle of its request: no response can reach it.
      () => response.destroy(),
    );
  };
  const options = { maxHeaderSize: HEADER_BYTES_MAX };
  return tls === undefined
    ? http.createServer(options, listener)
    : https.createServer({ ...options, ...tls, ALPNProtocols: ['http/1.1'] }, listener);
}

/** The whole payload; undefined when it is too large. */
async function readPayload(request: http.IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= PAYLOAD_BYTES_MAX) chunks.push(chunk);
    else if (bytes > DRAIN_BYTES_MAX) break;
  }
  return bytes > PAYLOAD_BYTES_MAX ? undefined : Buffer.concat(chunks);
}

function findRoute(
  routes: readonly Route[],
  request: http.IncomingMessage,
): { route: Route; parameters: Record<string, string> } | undefined {
  const segments = splitOnce(request.url ?? '/', '?')[0].split('/');
  for (const route of routes) {
    if (route.method !== 'ANY' && route.method !== request.method) continue;
    const wanted = route.path.split('/');
    const isGreedy = wanted.at(-1)?.endsWith('+}') === true;
    if (isGreedy ? segments.length < wanted.length : segments.length !== wanted.length) continue;
    const parameters: Record<string, string> = {};
    const matches = wanted.every((part, i) => {
      const isRest = isGreedy && i === wanted.length - 1;
      const segment = isRest ? segments.slice(i).join('/') : (segments[i] ?? '');
      const name = /^\{(\w+)\+?\}$/.exec(part)?.[1];
      if (name === undefined) return part === segment;
      parameters[name] = decodePath(segment);
      return segment !== '';
    });
    if (matches) return { route, parameters };
  }
  return undefined;
}

type GatewayResponse = [status: number, result: Pick<HttpResult, 'headers' | 'body'>];

async function invoke(route: Route, event: APIGatewayProxyEventV2): Promise<GatewayResponse> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), route.timeoutMs);
  });
  try {
    const result = await Promise.race([route.handler(event), timeout]);
    return result === undefined ? [500, message('Internal Server Error')] : [result.statusCode, result];
  } catch {
    return [500, message('Internal Server Error')];
  } finally {
    clearTimeout(timer);
  }
}

function message(text: string): Pick<HttpResult, 'headers' | 'body'> {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message: text }) };
}

/** Sends a response; one that HTTP cannot carry (an odd status, a header with a newline) becomes a 500. */
function send(
  response: http.ServerResponse,
  status: number,
  { headers, body }: Pick<HttpResult, 'headers' | 'body'>,
  close = false,
): void {
  try {
    response.writeHead(status, {
      ...headers,
      'content-length': Buffer.byteLength(body),
      ...(close ? { connection: 'close' } : {}),
    });
  } catch {
    send(response, 500, message('Internal Server Error'));
    return;
  }
  response.end(body);
}
