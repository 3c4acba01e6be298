import { Command } from 'commander';
import { own } from '../../../functions/json/check.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import type { ReleaseApi } from '../canary/connection.ts';
import { type DataFormat, dataOutputOption, dataText } from '../data-output.ts';
import { table } from '../output.ts';
import { DEFAULT_NAME, openPlace, type PlaceOptions, placeOf, withPlaceOptions } from './place.ts';

interface Options extends PlaceOptions {
  readonly output?: DataFormat;
}

/** `outrigger freeze list`: all that can hold a namespace, a Kubernetes cluster or the fleet; `get NAME`: one of a place. */
export function getCommand(verb: 'list' | 'get'): Command {
  const command = withPlaceOptions(new Command(verb))
    .description(
      verb === 'get' ? 'Show one freeze.' : 'List the freezes that can hold a namespace, wherever they stand.',
    )
    .addOption(dataOutputOption());
  if (verb === 'get') command.argument('[name]', `name of the freeze (default: ${DEFAULT_NAME})`);
  return command.action(async (...args: unknown[]) => {
    const options = command.opts<Options>();
    if (verb === 'list') return await list(options);
    const [name = DEFAULT_NAME] = args;
    const { namespace, path } = placeOf(options);
    const api = await openPlace(options);
    const { text } = await api.ask({ method: 'GET', namespace, path: `${path}/${encodeURIComponent(String(name))}` });
    const freeze: unknown = JSON.parse(text);
    process.stdout.write(dataText(options.output, freeze, () => tableOf([freeze])));
  });
}

async function list(options: Options): Promise<void> {
  const { namespace, words } = placeOf(options);
  const items = [...(await itemsIn(await openPlace({ ...options, fleet: true }), 'fleet/freezes'))];
  if (options.fleet !== true) {
    const within = await itemsIn(await openPlace(options), 'freezes');
    items.push(...within.filter((item) => namespace === undefined || canHold(item, namespace)));
  }
  const value = { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
  if (items.length === 0 && options.output === undefined) {
    process.stderr.write(`No freezes found for ${words}.\n`);
    return;
  }
  process.stdout.write(dataText(options.output, value, () => tableOf(items)));
}

async function itemsIn(api: ReleaseApi, path: string): Promise<readonly unknown[]> {
  const { text } = await api.ask({ method: 'GET', namespace: undefined, path });
  const value: unknown = JSON.parse(text);
  const items = isRecord(value) ? own(value, 'items') : undefined;
  return Array.isArray(items) ? items : [];
}

/** Whether a freeze of a Kubernetes cluster, or of one of its namespaces, can hold a namespace. */
function canHold(item: unknown, namespace: string): boolean {
  const of = fieldOf(fieldOf(item, 'metadata'), 'namespace');
  return of === undefined || of === namespace;
}

function tableOf(items: readonly unknown[]): string {
  return table(['NAME', 'FOR', 'IN FORCE', 'UNTIL', 'REASON', 'BY'], items.map(rowOf));
}

function rowOf(item: unknown): readonly string[] {
  const [metadata, spec, status] = ['metadata', 'spec', 'status'].map((key) => fieldOf(item, key));
  const inForce = fieldOf(status, 'inForce') === true;
  return [
    textOf(fieldOf(metadata, 'name')),
    placeWords(metadata, status),
    inForce ? 'yes' : 'no',
    textOf(fieldOf(status, 'until'), inForce ? '<deleted>' : '<none>'),
    textOf(fieldOf(spec, 'reason')),
    textOf(fieldOf(status, 'frozenBy')),
  ];
}

function placeWords(metadata: unknown, status: unknown): string {
  const namespace = fieldOf(metadata, 'namespace');
  if (typeof namespace === 'string') return `namespace ${namespace}`;
  const cluster = fieldOf(status, 'cluster');
  return typeof cluster === 'string' ? `cluster ${cluster}` : 'fleet';
}

function fieldOf(value: unknown, key: string): unknown {
  return isRecord(value) ? own(value, key) : undefined;
}

function textOf(value: unknown, absent = ''): string {
  return typeof value === 'string' ? value : absent;
}
