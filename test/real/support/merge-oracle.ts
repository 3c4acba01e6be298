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

/** Every field below PodSpec, EphemeralContainer and ObjectMeta, read from k8s.io/api's types by reflection. */
export async function readFieldTags(): Promise<FieldTag[]> {
  return JSON.parse(await ask('tags'));
}

/** Builds test/real/merge-oracle where it is not built yet (half a minute, once), and runs it. */
async function ask(mode: 'tags'): Promise<string> {
  const script = '. "$0/lib.sh" && "$0/build.sh" merge-oracle && exec "$CLUSTER_BIN/merge-oracle" "$1"';
  return (await run('bash', ['-c', script, CLUSTER_DIR, mode])).stdout;
}
