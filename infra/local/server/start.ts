import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { readIssuer } from './discovery.ts';
import { TEMPLATES_DIR_DEFAULT } from './local-store.ts';
import { isLoopbackHost } from './loopback.ts';
import { serve } from './serve.ts';
import { STATE_DIR_DEFAULT } from './state.ts';

/** `npm start`: the entry points behind a local gateway, until a signal ends it. */
const program = new Command('npm start --')
  .description('Runs the Outrigger functions behind a local HTTP(S) endpoint.')
  .option('--port <number>', 'port to listen on, 0 for any free one (default: 8080, with --https 8443)', parsePort)
  .option('--address <ip>', 'address to listen on', '127.0.0.1')
  .option('--https', 'serve HTTPS with a certificate made for this machine; kube-apiserver accepts nothing else', false)
  .option('--state-dir <dir>', 'keys, certificate, cluster records and local.json', STATE_DIR_DEFAULT)
  .option('--token-file <file>', 'bearer token that callers of the release API show (without it: loopback only)')
  .option('--issuer <url>', 'ServiceAccount issuer of a real Kubernetes cluster, whose proxies may ask')
  .option('--jwks <file>', 'its keys (kubectl get --raw /openid/v1/jwks); without it they are fetched from the issuer')
  .option('--templates <dir>', 'folder of sidecar templates', TEMPLATES_DIR_DEFAULT);

interface Options {
  readonly port?: number;
  readonly address: string;
  readonly https: boolean;
  readonly stateDir: string;
  readonly templates: string;
  readonly tokenFile?: string;
  readonly issuer?: string;
  readonly jwks?: string;
}

const { issuer, jwks, ...options } = program.parse().opts<Options>();
/** Ends the gateway in the order in which it was begun; before it listens there is nothing to end. */
let stop: () => Promise<void> = async () => {};
const end = (): void => void stop().then(() => process.exit(0));
process.once('SIGINT', end);
process.once('SIGTERM', end);

try {
  const port = options.port ?? (options.https ? 8443 : 8080);
  const named = issuer === undefined ? {} : { issuer: await readIssuer(issuer, jwks) };
  const gateway = await serve({ ...options, ...named, port, write: (line) => process.stdout.write(`${line}\n`) });
  stop = () => gateway.close();
  const { endpoint } = gateway;
  process.stdout.write(`Outrigger listens on ${endpoint.url} (templates from ${options.templates})\n`);
  // Not the URL itself: its last segment is a token, and terminals and CI keep what is printed.
  const file = join(options.stateDir, 'local.json');
  process.stdout.write(`webhook URL for the local cluster: in ${file} (webhookUrl; its last segment is a secret)\n`);
  process.stdout.write(`release API: ${endpoint.apiUrl}\n`);
  const { host, origin } = new URL(endpoint.apiUrl);
  // The console has no token to show, and is for this machine.
  if (options.tokenFile === undefined && isLoopbackHost(host)) process.stdout.write(`console: ${origin}/\n`);
  process.stdout.write(`proxies ask: ${endpoint.discoveryUrl}:{listeners,clusters,routes}\n`);
  if (endpoint.caFile !== undefined) process.stdout.write(`certificate authority to trust: ${endpoint.caFile}\n`);
  process.stdout.write(`registration: ${registrationOf(endpoint.caFile !== undefined)}\n`);
} catch (error) {
  process.stderr.write(`error: ${describe(error)}\n`);
  process.exitCode = 1;
}

/** What registers the webhook; over HTTP nothing does. */
function registrationOf(isHttps: boolean): string {
  if (!isHttps) return 'kube-apiserver calls only https; for a cluster start with: npm start -- --https';
  const state = options.stateDir === STATE_DIR_DEFAULT ? '' : ` --state-dir ${options.stateDir}`;
  return `npx outrigger webhook${state} | kubectl apply -f -`;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('must be a number from 0 to 65535.');
  return port;
}

/** What went wrong with starting, and what to do about it. */
function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'the port is in use; choose another one with --port, or --port 0 for any';
  if (code === 'EACCES') return 'this address, port or folder may not be used by this user';
  if (code === 'ENOENT') return `there is no folder ${options.templates}; name one with --templates`;
  return error instanceof Error ? error.message : String(error);
}
