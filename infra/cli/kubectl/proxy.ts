import { once } from 'node:events';
import { Command } from 'commander';
import { type ApiOptions, withApiOptions } from '../canary/connection.ts';
import { findApi, readToken } from '../canary/find-api.ts';
import { codeOf, UsageError } from '../errors.ts';
import { sendOn } from '../send-on.ts';
import { readPort } from './kubeconfig.ts';
import { loadProxyKeys, PROXY_ADDRESS, PROXY_PORT_DEFAULT, proxyDirDefault } from './proxy-keys.ts';
import { createProxy, type ForwardedAsk, type ProxyOptions } from './proxy-server.ts';

interface Options extends ApiOptions {
  readonly port: number;
  readonly proxyDir: string;
  readonly insecureHttp: boolean;
}

/** A watch of a fleet costs one request of the API each time. */
const WATCH_EVERY_MS = 2_000;

/** `outrigger proxy`: lets kubectl in on loopback, and signs what it asks with the AWS credentials of whom runs it. */
export function proxyCommand(): Command {
  return withApiOptions(new Command('proxy'))
    .description('Serve the release API to kubectl on loopback, signed with your AWS credentials, until it is stopped.')
    .option('--port <number>', 'port to listen on', readPort, PROXY_PORT_DEFAULT)
    .option('--proxy-dir <dir>', 'folder with its certificate and token, made at first', proxyDirDefault())
    .option('--insecure-http', 'serve HTTP without a token: every user of this machine acts as you', false)
    .action(async (options: Options) => {
      const isPlain = options.insecureHttp;
      const keys = isPlain ? undefined : await loadProxyKeys(options.proxyDir);
      const server = createProxy({
        forward: await forwarder(options),
        token: keys?.token,
        ...(keys === undefined ? {} : { tls: { key: keys.key, cert: keys.cert } }),
        watchEveryMs: WATCH_EVERY_MS,
      });
      server.listen(options.port, PROXY_ADDRESS);
      await once(server, 'listening').catch((error: unknown) => {
        if (codeOf(error) !== 'EADDRINUSE') throw error;
        throw new UsageError(`port ${options.port} is in use; choose another one with --port`);
      });
      process.stdout.write(
        `Serving the release API on ${isPlain ? 'http' : 'https'}://${PROXY_ADDRESS}:${options.port}\n`,
      );
      if (isPlain) process.stderr.write('warning: every user of this machine can act as you\n');
      const stop = (): void => {
        server.close();
        // A watch would go on.
        server.closeAllConnections();
      };
      process.once('SIGINT', stop);
      process.once('SIGTERM', stop);
      await once(server, 'close');
    });
}

async function forwarder(options: ApiOptions): Promise<ProxyOptions['forward']> {
  const api = await findApi(options);
  const own = options.tokenFile === undefined ? {} : { authorization: `Bearer ${await readToken(options.tokenFile)}` };
  return async ({ method, path, query, headers, body }: ForwardedAsk) => {
    // Of a parameter that is there twice the last one goes on.
    const search = new URLSearchParams(Object.fromEntries(query)).toString();
    const answer = await sendOn(api, { method, path, search, headers: { ...headers, ...own }, body });
    return { statusCode: answer.status, headers: answer.headers, body: answer.text };
  };
}
