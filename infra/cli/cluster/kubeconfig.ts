import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isRecord } from '../../../functions/json/faults.ts';
import type { ClusterAccess } from '../../../functions/kube-api/cluster-access.ts';
import { codeOf, UsageError } from '../errors.ts';
import { createExecCredential, type ExecCredential } from './exec-credential.ts';
import { type Kubeconfig, type KubeconfigEntry, readKubeconfigFiles } from './kubeconfig-files.ts';

/** kubectl's options of that name. */
export interface KubeconfigOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** What kubectl honours and we do not: silently left out, a request would go elsewhere or be another user's. */
const UNSUPPORTED = {
  cluster: ['proxy-url'],
  user: ['as', 'as-groups', 'as-uid', 'as-user-extra', 'username', 'password', 'auth-provider'],
};

/** Some plugins ask in a browser. */
const EXEC_MS = 120_000;

/**
 * How to reach and enter the cluster that kubectl would speak to: by client certificate, token, token file or exec
 * plugin. Throws UsageError for what is missing, not understood or not supported.
 *
 * @param environment KUBECONFIG and HOME are read from it
 */
export async function readKubeconfig(
  { kubeconfig, context }: KubeconfigOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ClusterAccess> {
  const config = await readKubeconfigFiles(kubeconfig, environment);
  const { cluster, user } = entriesOf(config, context);
  refuse(cluster, UNSUPPORTED.cluster);
  refuse(user, UNSUPPORTED.user);
  const server = serverOf(cluster);
  const ca = await pem(cluster, 'certificate-authority');
  const tlsServerName = text(cluster, 'tls-server-name');
  const exec = isRecord(user.fields['exec']) ? createExecCredential(user.fields['exec'], user.folder) : undefined;
  // A plugin may hand out a certificate instead of a token; which of both shows only when it runs.
  const first = await exec?.(AbortSignal.timeout(EXEC_MS));
  const certificate = (await certificateOf(user)) ?? first?.certificate;
  const token = tokenOf(user, first?.token === undefined ? undefined : exec);
  return {
    server,
    ...(ca === undefined ? {} : { ca }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(cluster.fields['insecure-skip-tls-verify'] === true ? { insecureSkipTlsVerify: true } : {}),
    ...(certificate === undefined ? {} : { certificate }),
    ...(token === undefined ? {} : { token }),
  };
}

/** The namespace of the context, which kubectl takes where none is named; undefined where it has none. */
export async function contextNamespace(
  { kubeconfig, context }: KubeconfigOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string | undefined> {
  const { contexts, currentContext } = await readKubeconfigFiles(kubeconfig, environment);
  const found = contexts.get(context ?? currentContext ?? '');
  return found === undefined ? undefined : text(found, 'namespace');
}

function entriesOf(config: Kubeconfig, asked: string | undefined): { cluster: KubeconfigEntry; user: KubeconfigEntry } {
  const name = asked ?? config.currentContext;
  if (name === undefined) throw new UsageError('the kubeconfig has no current context; use --context');
  const context = config.contexts.get(name);
  if (context === undefined) {
    const known = [...config.contexts.keys()].join(', ');
    throw new UsageError(`the kubeconfig has no context ${name}${known === '' ? '' : `; it has ${known}`}`);
  }
  const cluster = config.clusters.get(text(context, 'cluster') ?? '');
  if (cluster === undefined) throw new UsageError(`the cluster of the context ${name} is not in the kubeconfig`);
  const userName = text(context, 'user');
  const user = userName === undefined ? { fields: {}, folder: '' } : config.users.get(userName);
  if (user === undefined) throw new UsageError(`the user of the context ${name} is not in the kubeconfig`);
  return { cluster, user };
}

function refuse(entry: KubeconfigEntry, fields: readonly string[]): void {
  const [found] = fields.filter((field) => (entry.fields[field] ?? '') !== '');
  if (found !== undefined) throw new UsageError(`${found} of a kubeconfig is not supported; use another context`);
}

function serverOf(cluster: KubeconfigEntry): string {
  const server = text(cluster, 'server') ?? '';
  if (!URL.canParse(server) || !server.startsWith('https://')) {
    throw new UsageError('the server of the kubeconfig must be an https URL');
  }
  return server.replace(/\/$/, '');
}

async function certificateOf(user: KubeconfigEntry): Promise<ClusterAccess['certificate']> {
  const [cert, key] = [await pem(user, 'client-certificate'), await pem(user, 'client-key')];
  return cert === undefined || key === undefined ? undefined : { cert, key };
}

function tokenOf(user: KubeconfigEntry, exec: ExecCredential | undefined): ClusterAccess['token'] {
  const file = text(user, 'tokenFile');
  // As client-go has it: the file counts more than the token, because it is what is renewed.
  if (file !== undefined) return async () => (await read(resolve(user.folder, file))).trim();
  const token = text(user, 'token');
  if (token !== undefined) return async () => token;
  if (exec === undefined) return undefined;
  return async (signal) => {
    const { token: made } = await exec(signal);
    if (made === undefined) throw new UsageError('the exec plugin of the kubeconfig gave no token any more');
    return made;
  };
}

/** PEM text: given in base64 as `{field}-data`, which counts more, or in a file. */
async function pem(entry: KubeconfigEntry, field: string): Promise<string | undefined> {
  const data = text(entry, `${field}-data`);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const file = text(entry, field);
  return file === undefined ? undefined : await read(resolve(entry.folder, file));
}

function text({ fields }: KubeconfigEntry, field: string): string | undefined {
  const value = fields[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

async function read(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${file}, which the kubeconfig names, cannot be read (${String(codeOf(error))})`);
  });
}
