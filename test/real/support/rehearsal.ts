import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpResult } from '../../../functions/http/result.ts';
import { makeCertificate } from '../../../infra/local/server/certificate.ts';
import { createGateway, type Route } from '../../../infra/local/server/gateway.ts';
import { signed } from './aws-account.ts';
import { freePort } from './free-port.ts';
import { type LambdaHost, startLambdaHost } from './lambda-host.ts';
import { installMoto } from './moto.ts';

/** An AWS for one deployment: moto, functions that run, and an HTTP API that answers. */
export interface Rehearsal {
  /** Every AWS service. */
  readonly url: string;
  /** What the deployment is told its endpoint is: HTTPS, routed as API Gateway was told. */
  readonly endpoint: string;
  /** The authority of that endpoint, in PEM, and a file that holds it. */
  readonly ca: string;
  readonly caFile: string;
  readonly functions: LambdaHost;
  state(): Promise<RehearsalState>;
  /** Invokes a deployed function. */
  invoke(name: string, event: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** What test/real/aws/rehearsal.py says of itself. */
export interface RehearsalState {
  /** What happened to the stack's resources, in order. */
  readonly history: readonly {
    readonly did: string;
    readonly id: string;
    readonly type: string;
    /** A custom resource's answer to CloudFormation. */
    readonly answer?: Readonly<Record<string, unknown>>;
  }[];
  /** `key` as API Gateway has it, e.g. `POST /v3/{proxy+}`. */
  readonly routes: readonly { readonly key: string; readonly authorization: string; readonly function: string }[];
  readonly accessEntries: readonly {
    readonly cluster: string;
    readonly principal: string;
    readonly groups: readonly string[];
  }[];
}

/** The Kubernetes clusters that EKS knows, by name. */
export type EksClusters = Readonly<Record<string, { readonly endpoint: string; readonly ca: string }>>;

const SERVER = join(import.meta.dirname, '..', 'aws', 'rehearsal.py');
const START_MS_MAX = 60_000;

/** What stands in for STS and access entries asks these. */
export interface Identities {
  readonly roleOf: LambdaHost['roleOf'];
  readonly state: Rehearsal['state'];
}

/**
 * Starts it; nothing is deployed yet.
 *
 * @param open makes the clusters, which trust the authority in a file
 */
export async function startRehearsal(
  open: (caFile: string, identities: Identities) => Promise<EksClusters> = async () => ({}),
): Promise<Rehearsal> {
  const [site, port, work] = [await installMoto(), await freePort(), await mkdtemp(join(tmpdir(), 'outrigger-aws-'))];
  const url = `http://127.0.0.1:${port}`;
  const tls = await makeCertificate(['127.0.0.1', 'localhost']);
  const caFile = join(work, 'endpoint-ca.pem');
  await writeFile(caFile, tls.ca);
  const functions = await startLambdaHost(() => ({ AWS_ENDPOINT_URL: url, NODE_EXTRA_CA_CERTS: caFile }));
  const state = async (): Promise<RehearsalState> => {
    const said: RehearsalState = JSON.parse(await (await fetch(`${url}/rehearsal/state`)).text());
    return said;
  };
  const invoke = async (name: string, event: unknown): Promise<unknown> => {
    const path = `${url}/2015-03-31/functions/${name}/invocations`;
    const answer = await fetch(path, { method: 'POST', headers: signed('lambda'), body: JSON.stringify(event) });
    return JSON.parse(await answer.text());
  };
  const gateway = https.createServer(tls, (request, response) => {
    void state().then(
      ({ routes }) => createGateway(routesOf(routes, invoke), tls).emit('request', request, response),
      () => response.destroy(),
    );
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  const endpoint = `https://127.0.0.1:${(gateway.address() as AddressInfo).port}`;

  const clusters = await open(caFile, { roleOf: functions.roleOf, state });
  const server = spawn('python3', [SERVER, String(port)], {
    env: { ...process.env, PYTHONPATH: site, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  server.stdin.end(JSON.stringify({ endpoint, invoke: functions.url, work, clusters }));
  const stop = async (): Promise<void> => {
    gateway.close();
    gateway.closeAllConnections();
    await functions.stop();
    if (server.exitCode === null) {
      server.kill();
      await once(server, 'exit');
    }
    await rm(work, { recursive: true, force: true });
  };
  const end = Date.now() + START_MS_MAX;
  while (!(await state().then(Boolean, () => false))) {
    if (server.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`the rehearsal did not start (exit code ${server.exitCode})`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url, endpoint, ca: tls.ca, caFile, functions, state, invoke, stop };
}

/** The routes for the local gateway, the most specific first, as API Gateway chooses. */
function routesOf(routes: RehearsalState['routes'], invoke: Rehearsal['invoke']): Route[] {
  return routes
    .toSorted((a, b) => b.key.replace(/\{.*/, '').length - a.key.replace(/\{.*/, '').length)
    .map(({ key, authorization, function: name }) => {
      const [method = '', path = ''] = key.split(' ');
      const handler: Route['handler'] = async (event) => {
        if (authorization !== 'NONE') return { statusCode: 403, headers: {}, body: '{"message":"Forbidden"}' };
        return (await invoke(name, event)) as HttpResult;
      };
      return { method, path, handler, timeoutMs: 30_000 };
    });
}
