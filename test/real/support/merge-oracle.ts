import { CLUSTER_DIR, run } from './scripts.ts';

/** A field of Kubernetes' own types; `path` has no indexes, e.g. `PodSpec.volumes.emptyDir.sizeLimit`. */
export interface FieldTag {
  readonly path: string;
  readonly kind: 'scalar' | 'struct' | 'list' | 'texts' | 'quantities' | 'quantity' | 'intOrString';
  /** `patchStrategy`, e.g. `merge,retainKeys`. */
  readonly strategy?: string;
  /** `patchMergeKey`. */
  readonly key?: string;
  /** A pointer to a scalar: its zero value is written. */
  readonly pointer?: true;
}

/** A patch and what it meets; `type` says as what they are read. */
export interface OraclePair {
  readonly type: string;
  readonly live: unknown;
  readonly patch: unknown;
}

/** What k8s.io/apimachinery makes of a pair, or why it refuses. */
export type OracleAnswer = { readonly result: unknown } | { readonly error: string };

/** Every field below PodSpec, EphemeralContainer and ObjectMeta, read from k8s.io/api's types by reflection. */
export async function readFieldTags(): Promise<FieldTag[]> {
  return JSON.parse(await ask('tags', ''));
}

/** The type of every field below PodSpec, by the names of Go: `{ PodSpec: { volumes: '[]Volume' } }`. */
export async function readFieldTypes(): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  return JSON.parse(await ask('types', ''));
}

/** What Kubernetes' strategic merge patch makes of each pair, in their order. */
export async function askOracle(pairs: readonly OraclePair[]): Promise<OracleAnswer[]> {
  const answers = await ask('merge', pairs.map((pair) => JSON.stringify(pair)).join('\n'));
  return answers.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

/** Builds test/real/merge-oracle where it is not built yet (half a minute, once), and runs it. */
async function ask(mode: 'tags' | 'types' | 'merge', input: string): Promise<string> {
  const script = '. "$0/lib.sh" && "$0/build.sh" merge-oracle && exec "$CLUSTER_BIN/merge-oracle" "$1"';
  return (await run('bash', ['-c', script, CLUSTER_DIR, mode], { input })).stdout;
}
