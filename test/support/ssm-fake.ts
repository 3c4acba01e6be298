import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { PAGE_SIZE_MAX, Parameters, type ParameterVersion, SsmError } from './ssm-parameters.ts';

/** What the next calls meet instead of an answer. */
export type SsmTrouble =
  | { readonly kind: 'error'; readonly type: string; readonly status: number }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'garbage' };

/** A Parameter Store on the wire (AWS JSON 1.1 over HTTP), with the limits of the real one and faults on demand. */
export interface SsmFake {
  readonly url: string;
  readonly parameters: Parameters;
  /** The operations called, in order, e.g. `GetParametersByPath`. */
  readonly calls: string[];
  /** Met by every call while set. */
  trouble: SsmTrouble | undefined;
  close(): void;
}

type Input = Readonly<Record<string, unknown>>;

const TARGET = 'AmazonSSM.';

/** Starts the fake on loopback. */
export async function startSsmFake(): Promise<SsmFake> {
  const parameters = new Parameters();
  const server = http.createServer((request, response) => {
    const operation = String(request.headers['x-amz-target'] ?? '').replace(TARGET, '');
    fake.calls.push(operation);
    void text(request).then(async (body) => {
      const { trouble } = fake;
      if (trouble?.kind === 'hang') return;
      if (trouble?.kind === 'reset') return void request.socket.resetAndDestroy();
      if (trouble?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, trouble.ms));
      if (trouble?.kind === 'error')
        return send(response, trouble.status, { __type: trouble.type, message: 'as ordered' });
      if (trouble?.kind === 'garbage') return void response.end('<html>a proxy</html>');
      try {
        send(response, 200, answer(parameters, operation, JSON.parse(body)));
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
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return fake;
}

function answer(parameters: Parameters, operation: string, input: Input): unknown {
  const word = (key: string): string => String(input[key] ?? '');
  switch (operation) {
    case 'PutParameter': {
      const tier = word('Tier') === '' ? 'Standard' : word('Tier');
      const version = parameters.put(
        word('Name'),
        word('Value'),
        word('Type') || 'String',
        tier,
        input['Overwrite'] === true,
      );
      return { Version: version, Tier: tier };
    }
    case 'LabelParameterVersion': {
      const version = input['ParameterVersion'];
      parameters.label(word('Name'), typeof version === 'number' ? version : undefined, strings(input['Labels']));
      return { InvalidLabels: [] };
    }
    case 'GetParameter':
      return { Parameter: shown(parameters.get(word('Name'))) };
    case 'GetParameters':
      return named(parameters, strings(input['Names']));
    case 'GetParametersByPath':
      return page(parameters, input);
    case 'DeleteParameter':
      parameters.delete(word('Name'));
      return {};
    default:
      throw new SsmError('UnknownOperationException', operation);
  }
}

function named(parameters: Parameters, names: readonly string[]): unknown {
  if (names.length === 0 || names.length > PAGE_SIZE_MAX)
    throw new SsmError('ValidationException', `names must be 1 to ${PAGE_SIZE_MAX}`);
  const found = names.filter((name) => parameters.has(name));
  return {
    Parameters: found.map((name) => shown(parameters.get(name))),
    InvalidParameters: names.filter((name) => !found.includes(name)),
  };
}

function page(parameters: Parameters, input: Input): unknown {
  const size = Number(input['MaxResults'] ?? PAGE_SIZE_MAX);
  if (size > PAGE_SIZE_MAX) throw new SsmError('ValidationException', `maxResults must be at most ${PAGE_SIZE_MAX}`);
  const filters = (input['ParameterFilters'] ?? []) as { Key: string; Values: string[] }[];
  const label = filters.find((f) => f.Key === 'Label')?.Values[0];
  const all = parameters.byPath(String(input['Path']), label, input['Recursive'] === true);
  const from = Number(input['NextToken'] ?? 0);
  const next = from + size < all.length ? { NextToken: String(from + size) } : {};
  return { Parameters: all.slice(from, from + size).map(shown), ...next };
}

function shown({ labels: _, Tier: __, ...parameter }: ParameterVersion): unknown {
  return { ...parameter, ARN: `arn:aws:ssm:eu-central-1:000000000000:parameter${parameter.Name}`, DataType: 'text' };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function send(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}
