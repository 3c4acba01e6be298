import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { CONTAINER, OBJECT_META, POD_SPEC } from '../../functions/kubernetes/merge/merge-keys.ts';
import { POINTERS, type Rule } from '../../functions/kubernetes/merge/rule.ts';
import { type FieldTag, readFieldTags } from './support/merge-oracle.ts';
import { whyNotMergeOracle } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

const LISTS = ['PodSpec.containers', 'PodSpec.initContainers', 'PodSpec.ephemeralContainers', 'EphemeralContainer'];

/** Where our table deliberately says something else than Kubernetes' types, and why. */
const DIFFERENCES: readonly (readonly [row: string, reason: string])[] = [
  // Server-side apply's keys: the API accepts two elements that share the key of the strategic merge patch.
  ...LISTS.map((list) => [`- ${list}.ports by containerPort`, 'TCP and UDP on one number are two ports'] as const),
  ...LISTS.map((list) => [`+ ${list}.ports by containerPort+protocol`, 'so is the key of server-side apply'] as const),
  ['- PodSpec.topologySpreadConstraints by topologyKey', 'a hard and a soft constraint of one zone are two'],
  ['+ PodSpec.topologySpreadConstraints by topologyKey+whenUnsatisfiable', 'so is the key of server-side apply'],
  ['+ PodSpec.tolerations by ', 'atomic in Kubernetes: replacing them would take those of the Pod away'],
  ['+ PodSpec.evictionResponders by name', 'of a Kubernetes to come (kubernetes/api master, after v1.36)'],
];

/** `PodSpec.volumes by name`, `PodSpec.overhead: quantities`: all that is not merged as its JSON type would be. */
function rowOf({ path, kind, strategy, key }: FieldTag): string[] {
  if (kind === 'scalar' || kind === 'struct') return [];
  if (kind !== 'list') return [`${path}: ${kind}`];
  return strategy?.startsWith('merge') ? [`${path} by ${key ?? ''}`] : [];
}

function rowsOf(rule: Rule, path: string): string[] {
  if (rule.kind === 'scalar') return [];
  if (rule.kind === 'map')
    return Object.entries(rule.fields).flatMap(([key, inner]) => rowsOf(inner, `${path}.${key}`));
  if (rule.kind === 'atomic') return rowsOf(rule.element, path);
  if (rule.kind !== 'list') return [`${path}: ${rule.kind}`];
  return [`${path} by ${rule.key.map((k) => k.field).join('+')}`, ...rowsOf(rule.element, path)];
}

await describeReal("the table of merge keys against Kubernetes' own types", whyNotMergeOracle, () => {
  let tags: FieldTag[];
  beforeAll(async () => {
    tags = await readFieldTags();
  });

  test('every merge key, quantity, int-or-string and map of texts, but for the differences named above', () => {
    const theirs = new Set(tags.flatMap(rowOf));
    const ours = new Set([
      ...rowsOf(POD_SPEC, 'PodSpec'),
      ...rowsOf(CONTAINER, 'EphemeralContainer'),
      ...rowsOf(OBJECT_META, 'ObjectMeta'),
    ]);
    const found = [
      ...[...theirs.difference(ours)].map((row) => `- ${row}`),
      ...[...ours.difference(theirs)].map((row) => `+ ${row}`),
    ];
    expect(found.sort()).toEqual(DIFFERENCES.map(([row]) => row).sort());
    expect(theirs.size).toBeGreaterThan(100);
  });

  test('where Kubernetes clears the other fields of an element (retainKeys), we know the union', () => {
    const lists = tags.flatMap(({ path, strategy }) => (strategy === 'merge,retainKeys' ? [path] : []));
    expect(lists).toEqual(['PodSpec.volumes', 'PodSpec.resourceClaims']);
    for (const path of lists) {
      const list = POD_SPEC.kind === 'map' ? POD_SPEC.fields[path.replace('PodSpec.', '')] : undefined;
      expect(list).toMatchObject({ kind: 'list', element: { union: expect.anything() } });
    }
  });

  test('the fields whose zero value is written are those that are pointers wherever they stand', () => {
    const scalars = tags.filter(
      (t) => t.kind === 'scalar' && !/^ObjectMeta|\.volumeClaimTemplate\.metadata/.test(t.path),
    );
    const names = (isPointer: boolean): Set<string> =>
      new Set(scalars.flatMap((t) => ((t.pointer === true) === isPointer ? [t.path.replace(/.*\./, '')] : [])));
    const always = names(true).difference(names(false));
    expect([...always.symmetricDifference(POINTERS)]).toEqual(['type']);
  });

  test('the oracle is of the version of the other real parts', async () => {
    const pinned = async (folder: string): Promise<string | undefined> =>
      /k8s\.io\/apimachinery (?:=> k8s\.io\/apimachinery )?(v0\.\S+)/.exec(
        await readFile(join(import.meta.dirname, folder, 'go.mod'), 'utf8'),
      )?.[1];
    expect(await pinned('merge-oracle')).toBe(await pinned('cluster/gomod'));
  });
});
