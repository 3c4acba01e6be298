import { setTimeout as wait } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import type { Canary } from '../../../functions/canary/canary.ts';
import { UsageError } from '../errors.ts';
import { type ApiOptions, openApi, type ReleaseApi, withApiOptions } from './connection.ts';
import { createTable, headings, readCanary, readList, rowOf } from './rows.ts';
import { ServerError } from './server-error.ts';

interface Options extends ApiOptions {
  readonly allNamespaces?: boolean;
  readonly output?: 'json' | 'yaml' | 'wide' | 'name';
  readonly selector?: string;
  readonly watch?: boolean;
}

/** What is read: one canary, a namespace's, or all. */
interface Scope {
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly selector: string | undefined;
}

/** How often a watch asks; an unchanged answer has no body. */
const WATCH_MS = 1_000;
const PIECE = '500';

/** `outrigger canary get [NAME]` and `list`. */
export function getCommand(name: 'get' | 'list'): Command {
  const command = withApiOptions(new Command(name))
    .description(name === 'get' ? 'Show one canary, or all of a namespace.' : 'List the canaries of a namespace.')
    .option('-A, --all-namespaces', 'of every namespace')
    .option('-l, --selector <selector>', 'only with these labels, e.g. tier=web,track!=b')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json', 'yaml', 'wide', 'name']))
    .option('-w, --watch', 'go on and print every change');
  if (name === 'get') command.argument('[name]');
  return command.action(async (...args: unknown[]) => {
    const given = name === 'get' && typeof args[0] === 'string' ? args[0] : undefined;
    await show(given, command.opts<Options>());
  });
}

async function show(name: string | undefined, options: Options): Promise<void> {
  const { allNamespaces = false, output, watch = false } = options;
  if (name !== undefined && allNamespaces) throw new UsageError('a canary has one namespace: use -n, not -A');
  if (watch && (output === 'json' || output === 'yaml')) throw new UsageError('-w prints a table: leave -o out');
  const namespace = allNamespaces ? undefined : (options.namespace ?? 'default');
  const scope: Scope = { name, namespace, selector: options.selector };
  const api = await openApi(options);
  const { canaries, etag } = await read(api, scope);
  if (output === 'json' || output === 'yaml' || output === 'name') {
    process.stdout.write(textOf(canaries, name !== undefined, output));
    return;
  }
  const columns = { namespace: allNamespaces, wide: output === 'wide' };
  const now = Date.now();
  const rows = canaries.map((canary) => rowOf(canary, columns, now));
  const titles = headings(columns);
  const line = createTable(titles, rows);
  if (canaries.length === 0) {
    const where = namespace === undefined ? '' : ` in ${namespace} namespace`;
    process.stderr.write(`No canaries found${where}.\n`);
  } else process.stdout.write([titles, ...rows].map(line).join(''));
  if (watch) await follow(api, scope, { canaries, etag }, (canary) => line(rowOf(canary, columns, Date.now())));
}

interface Seen {
  readonly canaries: readonly Canary[];
  readonly etag: string | undefined;
}

async function read(api: ReleaseApi, { name, namespace, selector }: Scope): Promise<Seen> {
  if (name !== undefined) {
    const { text, headers } = await api.ask({ method: 'GET', namespace, path: `canaries/${encodeURIComponent(name)}` });
    return { canaries: [readCanary(text)], etag: headers['etag'] };
  }
  const found: Canary[] = [];
  let next: string | undefined;
  let etag: string | undefined;
  do {
    const query = { limit: PIECE, continue: next, labelSelector: selector };
    const { text, headers } = await api.ask({ method: 'GET', namespace, path: 'canaries', query });
    const list = readList(text);
    found.push(...list.canaries);
    etag = next === undefined && list.next === undefined ? headers['etag'] : undefined;
    next = list.next;
  } while (next !== undefined);
  return { canaries: found, etag };
}

/** Asks until the process is ended, and prints each canary that is another than before. */
async function follow(api: ReleaseApi, scope: Scope, seen: Seen, print: (canary: Canary) => string): Promise<void> {
  const before = new Map(seen.canaries.map((canary) => [keyOf(canary), stateOf(canary)]));
  let { etag } = seen;
  for (;;) {
    await wait(WATCH_MS);
    const now = await changed(api, scope, etag);
    if (now === undefined) continue;
    etag = now.etag;
    for (const canary of now.canaries) {
      if (before.get(keyOf(canary)) === stateOf(canary)) continue;
      before.set(keyOf(canary), stateOf(canary));
      process.stdout.write(print(canary));
    }
  }
}

/** What stands there now; undefined where it is as before. A canary that has gone, or a store that is down, is waited for. */
async function changed(api: ReleaseApi, scope: Scope, etag: string | undefined): Promise<Seen | undefined> {
  const { name, namespace, selector } = scope;
  const path = name === undefined ? 'canaries' : `canaries/${encodeURIComponent(name)}`;
  const query = name === undefined ? { limit: PIECE, labelSelector: selector } : {};
  try {
    const headers = etag === undefined ? {} : { 'if-none-match': etag };
    const { status, text, headers: told } = await api.ask({ method: 'GET', namespace, path, query, headers });
    if (status === 304) return undefined;
    if (name !== undefined) return { canaries: [readCanary(text)], etag: told['etag'] };
    return readList(text).next === undefined ? { ...readList(text), etag: told['etag'] } : await read(api, scope);
  } catch (error) {
    if (error instanceof ServerError && (error.status === 404 || error.status >= 500)) return undefined;
    throw error;
  }
}

function keyOf({ metadata }: Canary): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function stateOf({ metadata, status }: Canary): string {
  return `${metadata.uid} ${metadata.resourceVersion} ${status.phase}`;
}

function textOf(canaries: readonly Canary[], isOne: boolean, output: 'json' | 'yaml' | 'name'): string {
  if (output === 'name') return canaries.map(({ metadata }) => `canary.outrigger.dev/${metadata.name}\n`).join('');
  const list = { apiVersion: 'v1', items: canaries, kind: 'List', metadata: { resourceVersion: '' } };
  const value: unknown = isOne ? canaries[0] : list;
  return output === 'yaml' ? stringify(value, { lineWidth: 0 }) : `${JSON.stringify(value, null, 4)}\n`;
}
