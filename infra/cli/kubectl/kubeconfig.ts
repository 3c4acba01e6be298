import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { CLUSTER_NAME } from '../../../functions/cluster-name.ts';
import { RELEASE_API_PATH } from '../../../functions/release-api/request/segments.ts';
import { readLocalEndpoint } from '../../local/server/endpoint-file.ts';
import { type ApiOptions, withApiOptions } from '../canary/connection.ts';
import { findApi } from '../canary/find-api.ts';
import { awsEndpoint } from '../canary/sign.ts';
import { UsageError } from '../errors.ts';
import { loadProxyKeys, PROXY_ADDRESS, PROXY_PORT_DEFAULT, proxyDirDefault } from './proxy-keys.ts';
import {
  type KubeconfigContext,
  kubeconfigDefault,
  readKubeconfig,
  withContext,
  writeKubeconfig,
} from './write-kubeconfig.ts';

interface Options extends ApiOptions {
  readonly kubeconfig?: string;
  readonly alias?: string;
  readonly port: number;
  readonly proxyDir: string;
  readonly insecureHttp?: true;
  readonly dryRun?: true;
}

/** `outrigger kubeconfig`: how kubectl finds the release API, as `aws eks update-kubeconfig` writes it for a cluster. */
export function kubeconfigCommand(): Command {
  return withApiOptions(new Command('kubeconfig'))
    .description(
      'Write a context by which kubectl finds the release API, and make it the current one. With a URL of AWS it leads to outrigger proxy, which signs.',
    )
    .option('--kubeconfig <file>', 'kubeconfig to change (default: the first of KUBECONFIG, or ~/.kube/config)')
    .option('--alias <name>', 'name of the context (default: outrigger-CLUSTER)')
    .option('--port <number>', 'port of outrigger proxy', readPort, PROXY_PORT_DEFAULT)
    .option('--proxy-dir <dir>', 'folder with the certificate and the token of outrigger proxy', proxyDirDefault())
    .option('--insecure-http', 'lead to an outrigger proxy that was started with --insecure-http')
    .option('--dry-run', 'print the kubeconfig and write nothing')
    .action(async (options: Options) => {
      const file = options.kubeconfig ?? kubeconfigDefault(process.env);
      const { text, isNew } = withContext(await readKubeconfig(file), await contextFor(options));
      if (options.dryRun === true) {
        process.stdout.write(text);
        return;
      }
      await writeKubeconfig(file, text);
      const context = nameOf(options);
      process.stdout.write(
        `${isNew ? `Added new context ${context} to` : `Updated context ${context} in`} ${resolve(file)}\n`,
      );
    });
}

async function contextFor(options: Options): Promise<KubeconfigContext> {
  const { cluster, namespace } = options;
  if (cluster !== undefined && !CLUSTER_NAME.test(cluster)) throw new UsageError(`--cluster ${cluster} is no name`);
  const prefix = cluster === undefined ? '' : `/clusters/${cluster}`;
  const { server, ...trust } = await serverFor(options);
  return {
    name: nameOf(options),
    server: `${server}${prefix}`,
    ...trust,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** Behind AWS's signatures is the proxy; any other API is asked directly. Paths of files are absolute. */
async function serverFor(options: Options): Promise<Pick<KubeconfigContext, 'server' | 'caFile' | 'tokenFile'>> {
  const { base } = await findApi(options);
  const { insecureHttp, port, proxyDir, tokenFile, stateDir, url } = options;
  if (awsEndpoint(base) !== undefined) {
    if (insecureHttp === true) return { server: `http://${PROXY_ADDRESS}:${port}` };
    const keys = await loadProxyKeys(proxyDir);
    return { server: `https://${PROXY_ADDRESS}:${port}`, caFile: keys.caFile, tokenFile: keys.tokenFile };
  }
  // kubectl sends no token over http.
  if (tokenFile !== undefined && base.protocol === 'http:')
    throw new UsageError('kubectl sends a token over https only');
  const root = base.pathname.replace(/\/+$/, '');
  const server = `${base.origin}${root.endsWith(RELEASE_API_PATH) ? root.slice(0, -RELEASE_API_PATH.length) : root}`;
  const ca = url === undefined ? (await readLocalEndpoint(stateDir))?.caFile : undefined;
  return {
    server,
    ...(ca === undefined ? {} : { caFile: resolve(ca) }),
    ...(tokenFile === undefined ? {} : { tokenFile: resolve(tokenFile) }),
  };
}

function nameOf({ alias, cluster }: Options): string {
  return alias ?? (cluster === undefined ? 'outrigger' : `outrigger-${cluster}`);
}

/** A port that something can listen on. */
export function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('must be a number from 1 to 65535.');
  }
  return port;
}
