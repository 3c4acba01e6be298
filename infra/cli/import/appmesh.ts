import { isRecord } from '../../../functions/json/faults.ts';
import { UsageError } from '../errors.ts';
import { CANARY_BACKENDS_TASK, headlessBackends } from './backends.ts';
import { type HeaderMatch, headerMatch } from './headers.ts';
import { type Imported, imported, type Reasons } from './imported.ts';
import type { Key, Source } from './source.ts';

const CONNECTIONS = 'the shipped template decides how sidecars connect';
const REASONS: Reasons = {
  'spec.routes': 'a Canary splits every HTTP request of one Service between two tracks',
  'spec.meshRef': 'a Kubernetes cluster is one mesh',
  'spec.awsName': 'a Canary is found by its Service',
  'spec.listeners': CONNECTIONS,
};
const KINDS = ['httpRoute', 'http2Route', 'grpcRoute'] as const;

/** One target of a route: a virtual node's name, and its share. */
interface Target {
  readonly node: string;
  readonly weight: number;
}

/**
 * A VirtualRouter of `appmesh.k8s.aws/v1beta2` with the VirtualServices and VirtualNodes of the same file. Throws
 * UsageError where no Canary can be made of it.
 *
 * @param others every resource of the file
 */
export function importAppMesh(source: Source, others: readonly Source[]): Imported {
  const service = serviceOf(source, others);
  const port = source.take('spec', 'listeners', 0, 'portMapping', 'port');
  source.take('spec', 'listeners', 0, 'portMapping');
  const main = mainRoute(source);
  const [stable, canary] = main.targets.toSorted((a, b) => b.weight - a.weight);
  if (stable === undefined || canary === undefined || stable.weight === canary.weight) {
    const why = 'the virtual node with the greater weight is taken for stable, and the weights are equal';
    throw new UsageError(`${source.title}: ${why}; set another weight in the file, then import it`);
  }
  source.take(...main.path, 'action', 'weightedTargets');
  source.take('spec', 'routes', main.route, 'name');
  if (isEverything(source.peek(...main.path, 'match'))) source.take(...main.path, 'match');
  const match = matchesOf(source, main.route, canary.node);
  const share = Math.round((100 * canary.weight) / (stable.weight + canary.weight));
  const spec = {
    service: { name: service, port },
    backends: headlessBackends(service, podPort(others, stable.node)),
    match,
  };
  const tasks = [
    `stable is VirtualNode ${stable.node}, canary is VirtualNode ${canary.node}; the Canary begins at 100/0: set the share with outrigger canary set-weight ${source.name} ${share}`,
    CANARY_BACKENDS_TASK,
  ];
  return imported(source, { spec, tasks }, REASONS);
}

/** The first label of the name of the VirtualService that the router provides: the Service that callers name. */
function serviceOf(source: Source, others: readonly Source[]): string {
  const provided = others.find(
    (one) =>
      one.kind === 'VirtualService' &&
      one.peek('spec', 'provider', 'virtualRouter', 'virtualRouterRef', 'name') === source.name,
  );
  if (provided === undefined) {
    throw new UsageError(`${source.title}: the file has no VirtualService that this VirtualRouter provides`);
  }
  const host = provided.peek('spec', 'awsName') ?? provided.name;
  return String(host).split('.')[0] ?? provided.name;
}

/** The one route with two targets. */
function mainRoute(source: Source): {
  readonly route: Key;
  readonly path: readonly Key[];
  readonly targets: readonly Target[];
} {
  const split = routesOf(source).filter(({ targets }) => targets.length > 1);
  const [main, ...more] = split;
  if (main === undefined || main.targets.length > 2 || more.length > 0) {
    const found = split.map(({ targets }) => targets.length).join(', ') || 'none';
    throw new UsageError(
      `${source.title} needs one route with two weighted targets; targets of its split routes: ${found}`,
    );
  }
  return main;
}

function routesOf(
  source: Source,
): readonly { readonly route: Key; readonly path: readonly Key[]; readonly targets: readonly Target[] }[] {
  return source.entries('spec', 'routes').flatMap((route) =>
    KINDS.flatMap((kind) => {
      const path: readonly Key[] = ['spec', 'routes', route, kind];
      const targets = source.entries(...path, 'action', 'weightedTargets').map((i) => ({
        node: String(source.peek(...path, 'action', 'weightedTargets', i, 'virtualNodeRef', 'name') ?? ''),
        weight: Number(source.peek(...path, 'action', 'weightedTargets', i, 'weight') ?? 0),
      }));
      return targets.length === 0 ? [] : [{ route, path, targets }];
    }),
  );
}

/** Routes that lead to the canary alone, by headers alone. */
function matchesOf(source: Source, main: Key, canary: string): readonly object[] | undefined {
  const matches = routesOf(source).flatMap(({ route, path, targets }) => {
    const [only, ...more] = targets;
    if (route === main || only?.node !== canary || more.length > 0) return [];
    const headers = headersOf(source.peek(...path, 'match'));
    if (headers === undefined) return [];
    source.take(...path, 'match');
    source.take(...path, 'action');
    source.take('spec', 'routes', route, 'name');
    source.take('spec', 'routes', route, 'priority');
    return [{ headers }];
  });
  return matches.length === 0 ? undefined : matches;
}

function headersOf(match: unknown): Readonly<Record<string, HeaderMatch>> | undefined {
  if (!isRecord(match)) return undefined;
  const { headers, ...rest } = match;
  if (!isEverything(rest) || !Array.isArray(headers) || headers.length === 0) return undefined;
  const named = headers.flatMap((header: unknown) => {
    const { name, match: how = { present: true }, invert } = isRecord(header) ? header : {};
    const found = headerMatch(how);
    return typeof name === 'string' && found !== undefined && invert !== true ? [[name, found] as const] : [];
  });
  return named.length < headers.length ? undefined : Object.fromEntries(named);
}

function isEverything(match: unknown): boolean {
  return isRecord(match) && Object.entries(match).every(([key, value]) => key === 'prefix' && value === '/');
}

function podPort(others: readonly Source[], node: string): unknown {
  const found = others.find(({ kind, name }) => kind === 'VirtualNode' && name === node);
  return found?.peek('spec', 'listeners', 0, 'portMapping', 'port');
}
