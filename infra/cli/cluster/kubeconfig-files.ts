import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { isRecord } from '../../../functions/json/faults.ts';
import { codeOf, UsageError } from '../errors.ts';

/** A cluster, user or context of a kubeconfig. */
export interface KubeconfigEntry {
  readonly fields: Readonly<Record<string, unknown>>;
  /** The folder of its file, which relative paths in it start from. */
  readonly folder: string;
}

/** What the files say together. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, KubeconfigEntry>;
  readonly users: ReadonlyMap<string, KubeconfigEntry>;
  readonly contexts: ReadonlyMap<string, KubeconfigEntry>;
  readonly currentContext: string | undefined;
}

/**
 * Reads and merges kubeconfig files by kubectl's rules: `--kubeconfig` alone, else those of KUBECONFIG, else
 * ~/.kube/config; of entries of one name, and of current contexts, the first counts; files of KUBECONFIG that are not
 * there are passed over. Throws UsageError where none can be read. (The library's own reading merges otherwise, and does
 * not know `tokenFile`.)
 */
export async function readKubeconfigFiles(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Kubeconfig> {
  const listed = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((name) => name !== '');
  const home = join(environment['HOME'] ?? homedir(), '.kube', 'config');
  const names = file !== undefined ? [file] : listed.length > 0 ? listed : [home];
  const merged = {
    clusters: new Map<string, KubeconfigEntry>(),
    users: new Map<string, KubeconfigEntry>(),
    contexts: new Map<string, KubeconfigEntry>(),
  };
  let currentContext: string | undefined;
  let found = 0;
  for (const name of names) {
    const document = await readDocument(name);
    if (document === undefined) continue;
    found++;
    const folder = dirname(resolve(name));
    addEntries(merged.clusters, document['clusters'], 'cluster', folder);
    addEntries(merged.users, document['users'], 'user', folder);
    addEntries(merged.contexts, document['contexts'], 'context', folder);
    const current = document['current-context'];
    currentContext ??= typeof current === 'string' && current !== '' ? current : undefined;
  }
  if (found === 0)
    throw new UsageError(`no kubeconfig is at ${names.join(', ')}; use --kubeconfig, KUBECONFIG or --eks`);
  return { ...merged, currentContext };
}

async function readDocument(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new UsageError(`the kubeconfig ${file} cannot be read (${String(codeOf(error))})`);
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch {
    // The parser's message shows the lines, and with them keys and tokens.
    throw new UsageError(`the kubeconfig ${file} is not YAML`);
  }
  if (!isRecord(document)) throw new UsageError(`the kubeconfig ${file} is no mapping`);
  return document;
}

function addEntries(entries: Map<string, KubeconfigEntry>, list: unknown, key: string, folder: string): void {
  for (const item of Array.isArray(list) ? list : []) {
    if (!isRecord(item) || typeof item['name'] !== 'string' || entries.has(item['name'])) continue;
    const fields = item[key];
    entries.set(item['name'], { fields: isRecord(fields) ? fields : {}, folder });
  }
}
