import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Command, InvalidArgumentError } from 'commander';
import { createConsoleAccess } from '../../console/server/access.ts';
import { loadPage } from '../../console/server/page.ts';
import type { PageFiles } from '../../console/server/page-files.ts';
import { type ApiOptions, withApiOptions } from '../canary/connection.ts';
import { findApi, readToken } from '../canary/find-api.ts';
import { codeOf, UsageError } from '../errors.ts';
import { createConsoleServer } from './console-server.ts';

interface Options extends ApiOptions {
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';

/** `outrigger console`: the web page on loopback, with the caller's own access to the release API. */
export function consoleCommand(): Command {
  return withApiOptions(new Command('console'))
    .description(
      'Serve the console, a web page about releases, on this machine until it is ended. It speaks to the release API as you do: ' +
        'with your AWS identity, or the bearer token.',
    )
    .option('--port <number>', 'port on 127.0.0.1, 0 for any free one', parsePort, 0)
    .action(async ({ port, cluster, tokenFile, namespace, ...place }: Options) => {
      // Before anybody opens the page: what is wrong with the options is told here.
      await findApi(place);
      const token = tokenFile === undefined ? undefined : await readToken(tokenFile);
      const access = createConsoleAccess('http');
      const server = createConsoleServer({
        access,
        files: await readPage(),
        settings: cluster === undefined ? {} : { cluster },
        upstream: {
          find: async () => await findApi(place),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      });
      server.listen(port, LOOPBACK);
      await once(server, 'listening').catch((error: unknown) => {
        if (codeOf(error) !== 'EADDRINUSE') throw error;
        throw new UsageError(`port ${port} is in use; choose another one with --port`);
      });
      const address = server.address() as AddressInfo;
      const view = namespace === undefined ? '' : `&namespace=${encodeURIComponent(namespace)}`;
      process.stdout.write(`console: http://${LOOPBACK}:${address.port}/#token=${access.token}${view}\n`);
    });
}

/** Throws UsageError where this is the command as one file, which comes without the page. */
async function readPage(): Promise<PageFiles> {
  return await loadPage().catch((error: unknown) => {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError('this copy of the command has no console; install the package outrigger-X.tgz with npm');
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('must be a number from 0 to 65535.');
  return port;
}
