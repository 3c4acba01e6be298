import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a call meets. All but `lost` happen in front of DynamoDB: it never hears of the call. */
export type DynamoTrouble =
  | { readonly kind: 'error'; readonly type: string; readonly status?: number; readonly reasons?: readonly string[] }
  | { readonly kind: 'answer'; readonly body: string }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }
  /** DynamoDB does it, and the caller never hears of that; `meanwhile` is done before anything else happens. */
  | { readonly kind: 'lost'; readonly how: 'reset' | 'hang' | 'error'; readonly meanwhile?: () => Promise<void> };

/** What stands between the SDK and DynamoDB, with faults on demand; without a DynamoDB it has only faults. */
export interface DynamoFront {
  readonly url: string;
  /** The operations called, in order, e.g. `TransactWriteItems`. */
  readonly calls: string[];
  /** Met by the next calls of the operation (`*`: of any), one each. */
  troubles(operation: string, ...troubles: readonly DynamoTrouble[]): void;
  /** Met by every call that meets none of the others. */
  trouble: DynamoTrouble | undefined;
  /** Forgets under which token a transaction was sent, as DynamoDB does after 10 minutes. */
  isForgetful: boolean;
  close(): void;
}

/**
 * Starts it on loopback.
 *
 * @param upstream the URL of the DynamoDB behind it
 */
export async function startDynamoFront(upstream?: string): Promise<DynamoFront> {
  const queue: { readonly operation: string; readonly trouble: DynamoTrouble }[] = [];
  const next = (operation: string): DynamoTrouble | undefined => {
    const at = queue.findIndex((q) => q.operation === '*' || q.operation === operation);
    return at === -1 ? front.trouble : queue.splice(at, 1)[0]?.trouble;
  };
  const server = http.createServer((request, response) => {
    const operation = String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    front.calls.push(operation);
    void text(request).then(async (body) => {
      const trouble = next(operation);
      if (trouble !== undefined && trouble.kind !== 'lost') return meet(trouble, request, response);
      if (upstream === undefined) return void request.socket.resetAndDestroy();
      const sent = front.isForgetful ? body.replace(/"ClientRequestToken":"[^"]*"/, newToken) : body;
      const answer = await fetch(upstream, { method: 'POST', headers: headersOf(request), body: sent });
      const answered = await answer.text();
      if (trouble === undefined) {
        const headers = { 'content-type': answer.headers.get('content-type') ?? '' };
        return void response.writeHead(answer.status, headers).end(answered);
      }
      await trouble.meanwhile?.();
      const rest = trouble.how === 'error' ? SERVER_ERROR : ({ kind: trouble.how } as const);
      return meet(rest, request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front: DynamoFront = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    troubles: (operation, ...troubles) => void queue.push(...troubles.map((trouble) => ({ operation, trouble }))),
    trouble: undefined,
    isForgetful: false,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return front;
}

const SERVER_ERROR = { kind: 'error', type: 'InternalServerError', status: 500 } as const;

function meet(
  trouble: Exclude<DynamoTrouble, { kind: 'lost' }>,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): void {
  if (trouble.kind === 'hang') return;
  if (trouble.kind === 'reset') return void request.socket.resetAndDestroy();
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  if (trouble.kind === 'answer') return void response.writeHead(200, headers).end(trouble.body);
  const CancellationReasons = trouble.reasons?.map((Code) => ({ Code }));
  const body = {
    __type: `com.amazonaws.dynamodb.v20120810#${trouble.type}`,
    message: 'as ordered',
    CancellationReasons,
  };
  response.writeHead(trouble.status ?? 400, headers).end(JSON.stringify(body));
}

function newToken(): string {
  return `"ClientRequestToken":"${crypto.randomUUID()}"`;
}

/** What DynamoDB looks at; the length is the new body's own. */
function headersOf({ headers }: http.IncomingMessage): Record<string, string> {
  const wanted = ['authorization', 'content-type', 'x-amz-target', 'x-amz-date'];
  return Object.fromEntries(wanted.map((name) => [name, String(headers[name] ?? '')]));
}
