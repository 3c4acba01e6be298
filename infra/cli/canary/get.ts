import { Command, Option } from 'commander';
import type { Canary } from '../../../functions/canary/canary.ts';
import { UsageError } from '../errors.ts';
import { type ApiOptions, openApi, withApiOptions } from './connection.ts';
import { columnsFor, createTable, headings, rowOf } from './rows.ts';
import { readScope, type Scope } from './scope.ts';
import { type PrintCanary, watchScope } from './watch.ts';

interface Options extends ApiOptions {
  readonly allNamespaces?: boolean;
  readonly output?: 'json' | 'yaml' | 'wide' | 'name';
  readonly selector?: string;
  readonly watch?: boolean;
}

/** `outrigger canary get [NAME]`, also called `list`. */
export function getCommand(): Command {
  return withApiOptions(new Command('get'))
    .alias('list')
    .description('Show one canary, or all of a namespace.')
    .argument('[name]')
    .option('-A, --all-namespaces', 'of every namespace')
    .option('-l, --selector <selector>', 'only with these labels, e.g. tier=web,track!=b')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json', 'yaml', 'wide', 'name']))
    .option('-w, --watch', 'go on and print every change')
    .action(show);
}

async function show(name: string | undefined, options: Options): Promise<void> {
  const { allNamespaces = false, output, watch = false } = options;
  if (name !== undefined && allNamespaces) throw new UsageError('a canary has one namespace: use -n, not -A');
  if (watch && (output === 'json' || output === 'yaml')) throw new UsageError('-w prints a table: leave -o out');
  const namespace = allNamespaces ? undefined : (options.namespace ?? 'default');
  const scope: Scope = { name, namespace, selector: options.selector };
  const api = await openApi(options);
  const seen = (await readScope(api, scope)) ?? { canaries: [], etag: undefined, isPartial: false };
  const { canaries } = seen;
  if (output === 'json' || output === 'yaml' || output === 'name') {
    process.stdout.write(await textOf(canaries, name !== undefined, output));
    return;
  }
  const columns = columnsFor(canaries, { namespace: allNamespaces, wide: output === 'wide' });
  const now = Date.now();
  const rows = canaries.map((canary) => rowOf(canary, columns, now));
  const titles = headings(columns);
  const line = createTable(titles, rows);
  if (canaries.length === 0) {
    const where = namespace === undefined ? '' : ` in ${namespace} namespace`;
    process.stderr.write(`No canaries found${where}.\n`);
  } else process.stdout.write([titles, ...rows].map(line).join(''));
  if (!watch) return;
  const print: PrintCanary = (canary, isGone) =>
    line(rowOf(canary, columns, Date.now(), isGone ? 'Deleted' : undefined));
  await watchScope(api, scope, seen, print);
}

async function textOf(canaries: readonly Canary[], isOne: boolean, output: 'json' | 'yaml' | 'name'): Promise<string> {
  if (output === 'name') return canaries.map(({ metadata }) => `canary.outrigger.dev/${metadata.name}\n`).join('');
  const list = { apiVersion: 'v1', items: canaries, kind: 'List', metadata: { resourceVersion: '' } };
  const value: unknown = isOne ? canaries[0] : list;
  if (output === 'json') return `${JSON.stringify(value, null, 4)}\n`;
  // Loaded only here: the table needs none of it.
  const { stringify } = await import('yaml');
  return stringify(value, { lineWidth: 0 });
}
