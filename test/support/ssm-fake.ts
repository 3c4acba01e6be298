import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { answerOperation } from './ssm-answers.ts';
import { Parameters, SsmError } from './ssm-parameters.ts';

/** What the next calls meet instead of an answer. */
export type SsmTrouble =
  | { readonly kind: 'error'; readonly type: string; readonly status: number }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'garbage' }
  /** The server's clock is ahead by `ms`: signatures of other times are refused, as AWS does; with `always`, of any. */
  | { readonly kind: 'skew'; readonly ms: number; readonly always?: true }
  /** Every page of a listing has a successor; with `repeats`, always the same one. */
  | { readonly kind: 'endless'; readonly repeats: boolean };

/** A Parameter Store on the wire (AWS JSON 1.1 over HTTP), with the limits of the real one and faults on demand. */
export interface SsmFake {
  readonly url: string;
  readonly parameters: Parameters;
  /** The operations called, in order, e.g. `GetParametersByPath`. */
  readonly calls: string[];
  /** Met by every call while set. */
  trouble: SsmTrouble | undefined;
  /** Met by the calls that it answers with one, besides; by what they ask for. */
  troubleFor: ((input: unknown) => SsmTrouble | undefined) | undefined;
  /** How many calls meet the trouble before it ends by itself. */
  troubleCalls: number;
  /** Cuts what is open, as a frozen environment finds its sockets. */
  closeConnections(): void;
  close(): void;
}

const TARGET = 'AmazonSSM.';
/** AWS accepts signatures of five minutes around its own time (Signature Version 4). */
const SKEW_MS_MAX = 5 * 60_000;

/** Starts the fake on loopback. */
export async function startSsmFake(): Promise<SsmFake> {
  const parameters = new Parameters();
  const server = http.createServer((request, response) => {
    const operation = String(request.headers['x-amz-target'] ?? '').replace(TARGET, '');
    fake.calls.push(operation);
    void text(request).then(async (body) => {
      const trouble = (fake.troubleCalls-- > 0 ? fake.trouble : undefined) ?? fake.troubleFor?.(JSON.parse(body));
      if (trouble?.kind === 'hang') return;
      if (trouble?.kind === 'reset') return void request.socket.resetAndDestroy();
      if (trouble?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, trouble.ms));
      if (trouble?.kind === 'error')
        return send(response, trouble.status, { __type: trouble.type, message: 'as ordered' });
      if (trouble?.kind === 'garbage') return void response.end('<html>a proxy</html>');
      if (trouble?.kind === 'skew') {
        const serverTime = Date.now() + trouble.ms;
        response.setHeader('date', new Date(serverTime).toUTCString());
        const skew = Math.abs(signedAt(request.headers['x-amz-date']) - serverTime);
        if (trouble.always || skew > SKEW_MS_MAX)
          return send(response, 400, { __type: 'InvalidSignatureException', message: 'Signature expired: as ordered' });
      }
      if (trouble?.kind === 'endless' && 'Path' in JSON.parse(body)) {
        const NextToken = trouble.repeats ? 'again' : String(fake.calls.length);
        return send(response, 200, { Parameters: [], NextToken });
      }
      try {
        send(response, 200, answerOperation(parameters, operation, JSON.parse(body)));
      } catch (error) {
        if (!(error instanceof SsmError)) throw error;
        send(response, 400, { __type: error.type, message: error.message });
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: SsmFake = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    parameters,
    calls: [],
    trouble: undefined,
    troubleFor: undefined,
    troubleCalls: Number.POSITIVE_INFINITY,
    closeConnections: () => server.closeAllConnections(),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return fake;
}

function send(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}

/** Milliseconds since the epoch of `20260102T030405Z`. */
function signedAt(date: string | string[] | undefined): number {
  const iso = String(date).replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5');
  return Date.parse(iso);
}
