import {
  type Document,
  isScalar,
  type LineCounter,
  Scalar,
  type ScalarTag,
  type Tags,
  visit,
  type YAMLMap,
} from 'yaml';

/** Tags of YAML 1.1 that Kubernetes' reader does not have: base 60 (`10:20` is text), dates and binary data. */
const FOREIGN_TAGS = ['binary', 'timestamp', 'omap', 'pairs', 'set'].map((name) => `tag:yaml.org,2002:${name}`);

/** A scalar that is written exactly as it was read. */
export class Verbatim {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

const verbatimTag: ScalarTag = {
  tag: 'tag:outrigger.dev,2026:verbatim',
  default: true,
  identify: (value) => value instanceof Verbatim,
  resolve: (text) => text,
  stringify: ({ value }) => (value instanceof Verbatim ? value.source : String(value)),
};

/**
 * YAML as kubectl reads it (sigs.k8s.io/yaml, which is YAML 1.1 in its scalars): `0400` is octal, `yes` and `off` are
 * booleans, `<<` merges, and a key may be there twice (see `settleDuplicateKeys`). With the same rules for writing, text
 * that would be read as something else is quoted.
 */
export const KUBECTL_YAML = {
  schema: 'yaml-1.1',
  merge: true,
  uniqueKeys: false,
  customTags: (tags: Tags): Tags => [
    ...tags.filter((tag) => typeof tag !== 'object' || !(isBase60(tag) || FOREIGN_TAGS.includes(tag.tag))),
    verbatimTag,
  ],
} as const;

function isBase60(tag: object): boolean {
  return 'format' in tag && tag.format === 'TIME';
}

/** The text of a plain scalar that is no string, e.g. `0400` or `1e3`: what printing must not change. */
export function sourceOf(node: Scalar): string | undefined {
  return node.type === Scalar.PLAIN && typeof node.value !== 'string' ? node.source : undefined;
}

/** A key that was there before in its map. */
export interface DuplicateKey {
  readonly key: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Makes a key that is there twice mean what it means to kubectl (seen with 1.36.3: `kubectl label --local`): the last
 * counts, and the others go from the document, so that a change to it meets the one that counts.
 *
 * @param lines counted while the document was parsed
 * @returns the keys that count, in the order of the text
 */
export function settleDuplicateKeys(document: Document, lines: LineCounter): readonly DuplicateKey[] {
  const found: DuplicateKey[] = [];
  visit(document, { Map: (_key, node) => void found.push(...settleMap(node, lines)) });
  return found;
}

/** The same for one map. */
function settleMap(node: YAMLMap, lines: LineCounter): readonly DuplicateKey[] {
  const last = new Map<string, (typeof node.items)[number]>();
  const twice = new Set<string>();
  for (const pair of node.items) {
    const name = nameOfKey(pair.key);
    if (name === undefined) continue;
    if (last.has(name)) twice.add(name);
    last.set(name, pair);
  }
  if (twice.size === 0) return [];
  const counts = node.items.filter((pair) => {
    const name = nameOfKey(pair.key);
    return name === undefined || last.get(name) === pair;
  });
  node.items = counts;
  return counts.flatMap(({ key }) => {
    const name = nameOfKey(key);
    if (name === undefined || !twice.has(name) || !isScalar(key)) return [];
    const { line, col } = lines.linePos(key.range?.[0] ?? 0);
    return [{ key: name, line, column: col }];
  });
}

/** A key as JSON has it, where all are texts; undefined for `<<`, which may be there twice, and for what is no scalar. */
function nameOfKey(key: unknown): string | undefined {
  if (!isScalar(key) || typeof key.value === 'symbol' || key.value === '<<') return undefined;
  return String(key.value);
}
