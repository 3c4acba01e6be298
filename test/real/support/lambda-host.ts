import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { FunctionError, type LambdaRuntime, startLambdaRuntime } from './lambda-runtime.ts';

/** A function as it was deployed, and what it is to be called with (test/real/aws/rehearsal.py sends it). */
interface Invocation {
  readonly name: string;
  readonly folder: string;
  readonly handler: string;
  /** The ARN of the role that it runs as. */
  readonly role: string;
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
  readonly event: unknown;
}

/** Runs deployed functions, each in a warm environment of its own, in AWS's runtime client. */
export interface LambdaHost {
  /** POST an invocation as JSON; the answer is `{payload, failed}`. */
  readonly url: string;
  /** Everything that functions of this name wrote. */
  lines(name: string): readonly string[];
  /** The role whose function was given this access key. */
  roleOf(accessKeyId: string): { readonly arn: string; readonly secret: string } | undefined;
  stop(): Promise<void>;
}

/** @param env what every function gets besides its own variables */
export async function startLambdaHost(env: () => Readonly<Record<string, string>>): Promise<LambdaHost> {
  const environments = new Map<string, Promise<LambdaRuntime>>();
  const started: { readonly name: string; readonly runtime: LambdaRuntime }[] = [];
  const roles = new Map<string, { arn: string; secret: string }>();

  function environmentOf({ event, ...of }: Invocation): Promise<LambdaRuntime> {
    const key = JSON.stringify(of);
    const credentials = credentialsOf(of.role);
    roles.set(credentials.AWS_ACCESS_KEY_ID, { arn: of.role, secret: credentials.AWS_SECRET_ACCESS_KEY });
    const runtime =
      environments.get(key) ??
      startLambdaRuntime({ ...of, env: { ...env(), ...of.env, ...credentials } }).then((fresh) => {
        started.push({ name: of.name, runtime: fresh });
        return fresh;
      });
    environments.set(key, runtime);
    return runtime;
  }
  const server = http.createServer((request, response) => {
    void text(request)
      .then(async (body) => {
        const invocation: Invocation = JSON.parse(body);
        const runtime = await environmentOf(invocation);
        return { payload: await runtime.invoke(invocation.event), failed: false };
      })
      .catch((error: unknown) => {
        const { type, message } = error instanceof FunctionError ? error : { type: 'Error', message: String(error) };
        return { payload: { errorType: type, errorMessage: message }, failed: true };
      })
      .then((answer) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    lines: (name) => started.filter((one) => one.name === name).flatMap(({ runtime }) => runtime.lines),
    roleOf: (accessKeyId) => roles.get(accessKeyId),
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await Promise.allSettled(started.map(({ runtime }) => runtime.stop()));
    },
  };
}

/** Credentials of their own for every role, so that a request says which one has signed it. */
function credentialsOf(role: string): { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string } {
  const hash = createHash('sha256').update(role).digest('hex');
  return { AWS_ACCESS_KEY_ID: `ASIA${hash.slice(0, 16).toUpperCase()}`, AWS_SECRET_ACCESS_KEY: hash.slice(16, 56) };
}
