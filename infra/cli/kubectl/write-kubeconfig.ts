import { chmod, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type Document, isMap, isSeq, parseDocument } from 'yaml';
import { unlessAbsent } from '../../../functions/absent-file.ts';
import { codeOf, UsageError } from '../errors.ts';

/** A context, with the cluster and the user that it names. Neither a token nor a key stands in it: files are named. */
export interface KubeconfigContext {
  readonly name: string;
  readonly server: string;
  /** Whom to trust; absent where the server has no TLS. */
  readonly caFile?: string;
  readonly tokenFile?: string;
  readonly namespace?: string;
}

/** The kubeconfig that kubectl would change: the first of KUBECONFIG, or ~/.kube/config. */
export function kubeconfigDefault(environment: Readonly<Record<string, string | undefined>>): string {
  const [first] = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((name) => name !== '');
  return first ?? join(environment['HOME'] ?? homedir(), '.kube', 'config');
}

/** The text of a kubeconfig with a context put in, and made the current one. Everything else stays as it is, comments too. */
export function withContext(
  text: string,
  context: KubeconfigContext,
): { readonly text: string; readonly isNew: boolean } {
  const document = parseDocument(text.trim() === '' ? '{}' : text);
  if (document.errors.length > 0 || !isMap(document.contents)) throw new UsageError('the kubeconfig is not YAML');
  document.contents.flow = false;
  if (!document.has('apiVersion')) document.set('apiVersion', 'v1');
  if (!document.has('kind')) document.set('kind', 'Config');
  const { name, server, caFile, tokenFile, namespace } = context;
  const cluster = { server, ...(caFile === undefined ? {} : { 'certificate-authority': caFile }) };
  put(document, 'clusters', name, 'cluster', cluster);
  put(document, 'users', name, 'user', tokenFile === undefined ? {} : { tokenFile });
  const named = { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) };
  const isNew = put(document, 'contexts', name, 'context', named);
  document.set('current-context', name);
  return { text: document.toString(), isNew };
}

/** Puts an entry into a list of named ones, in place of the one of its name. @returns whether there was none */
function put(document: Document, list: string, name: string, key: string, value: object): boolean {
  const entry = document.createNode({ name, [key]: value });
  const entries = document.get(list);
  if (!isSeq(entries)) {
    document.set(list, document.createNode([entry]));
    return true;
  }
  const at = entries.items.findIndex((item) => isMap(item) && item.get('name') === name);
  if (at === -1) entries.add(entry);
  else entries.set(at, entry);
  return at === -1;
}

/** The text of a kubeconfig; empty where there is none. Throws UsageError. */
export async function readKubeconfig(file: string): Promise<string> {
  try {
    return (await unlessAbsent(readFile(file, 'utf8'))) ?? '';
  } catch (error) {
    throw new UsageError(`the kubeconfig ${file} cannot be read (${String(codeOf(error))})`);
  }
}

/** Replaces a kubeconfig in one step; a new one is its owner's alone, one that is there keeps its mode, and a link its place. */
export async function writeKubeconfig(file: string, text: string): Promise<void> {
  const place = (await unlessAbsent(realpath(file))) ?? file;
  await mkdir(dirname(place), { recursive: true, mode: 0o700 });
  const mode = (await unlessAbsent(stat(place)))?.mode ?? 0o600;
  const fresh = `${place}.${process.pid}.new`;
  await writeFile(fresh, text, { mode: 0o600, flag: 'wx' });
  await chmod(fresh, mode & 0o777);
  await rename(fresh, place);
}
