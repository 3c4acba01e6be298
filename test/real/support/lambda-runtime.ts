import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { installRuntimeClient } from './runtime-client.ts';

/** A function in AWS's own runtime client, one environment of it. */
export interface LambdaRuntime {
  /** From the start of the process to the first wait for an event: what AWS calls INIT, in milliseconds. */
  readonly initMs: number;
  /** One invocation; rejects with a FunctionError when the handler throws. */
  invoke(event: unknown): Promise<unknown>;
  /** What the function wrote so far, by lines. */
  readonly lines: readonly string[];
  /** Stops the whole process where it stands, as Lambda does between invocations, for so many milliseconds. */
  freeze(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** What runs, and in what. */
export interface LambdaFunction {
  /** Where its zip is unpacked. */
  readonly folder: string;
  /** `{file}.{export}`, as the template has it. */
  readonly handler: string;
  /** The environment of the function; nothing of this process's own but PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** A function that failed, by AWS's names: at INIT, or in one invocation. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}
interface Job {
  readonly id: string;
  readonly body: string;
}

const NAME = 'outrigger-test';
const TIMEOUT_MS_DEFAULT = 30_000;

/**
 * Starts a function in the runtime client (installed on first use), which asks the Runtime API of this process for its
 * events (docs.aws.amazon.com, lambda, runtimes-api). Rejects with a FunctionError when INIT fails.
 */
export async function startLambdaRuntime(options: LambdaFunction): Promise<LambdaRuntime> {
  const client = await installRuntimeClient();
  const queue: Job[] = [];
  const waiting = new Map<string, Waiting>();
  const idle: http.ServerResponse[] = [];
  const init = Promise.withResolvers<void>();
  const give = (): void => {
    const job = idle.length > 0 ? queue.shift() : undefined;
    if (job !== undefined) sendEvent(idle.shift(), job, options.timeoutMs ?? TIMEOUT_MS_DEFAULT);
  };
  const server = http.createServer((request, response) => {
    const [, id = '', part = ''] =
      /^\/2018-06-01\/runtime\/invocation\/([^/]+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? [];
    if (id === 'next') {
      init.resolve();
      idle.push(response);
      return give();
    }
    void text(request).then((body) => {
      response.writeHead(202).end('{}');
      if (request.url?.endsWith('/init/error')) return init.reject(errorOf(body));
      if (part === 'response') waiting.get(id)?.resolve(JSON.parse(body));
      if (part === 'error') waiting.get(id)?.reject(errorOf(body));
      waiting.delete(id);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const lines: string[] = [];
  const started = performance.now();
  const child = spawnClient(client, options, (server.address() as AddressInfo).port, (line) => lines.push(line));
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  child.once('exit', (code) => {
    const error = new FunctionError(
      'Runtime.ExitError',
      `the runtime ended with ${code}: ${lines.slice(-5).join(' | ')}`,
    );
    init.reject(error);
    for (const { reject } of waiting.values()) reject(error);
  });
  await init.promise.catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    initMs: performance.now() - started,
    lines,
    invoke: async (event) => {
      const { promise, ...settle } = Promise.withResolvers<unknown>();
      const job = { id: randomUUID(), body: JSON.stringify(event) };
      waiting.set(job.id, settle);
      queue.push(job);
      give();
      return await promise;
    },
    freeze: async (ms) => {
      child.kill('SIGSTOP');
      await pause(ms);
      child.kill('SIGCONT');
    },
    stop,
  };
}

function sendEvent(response: http.ServerResponse | undefined, { id, body }: Job, timeoutMs: number): void {
  response
    ?.writeHead(200, {
      'content-type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': id,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + timeoutMs),
      'Lambda-Runtime-Invoked-Function-Arn': `arn:aws:lambda:eu-central-1:123456789012:function:${NAME}`,
      'Lambda-Runtime-Trace-Id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0',
    })
    .end(body);
}

/** The client as the managed runtime starts it: in the folder of the code, with the variables that AWS reserves. */
function spawnClient(
  client: string,
  options: LambdaFunction,
  port: number,
  write: (line: string) => void,
): ChildProcess {
  const { folder, handler, env } = options;
  const child = spawn(process.execPath, [join(client, 'index.mjs'), handler], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_SESSION_TOKEN: 'test',
      ...env,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      AWS_LAMBDA_FUNCTION_NAME: NAME,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${NAME}`,
      AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]0',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: handler,
    },
  });
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) write(line);
    });
  }
  return child;
}

/** The body that the client posts about a failure. */
function errorOf(body: string): FunctionError {
  const { errorType, errorMessage }: { errorType?: string; errorMessage?: string } = JSON.parse(body);
  return new FunctionError(errorType ?? '', errorMessage ?? '');
}
