import { Scalar, type ScalarTag, type Tags } from 'yaml';

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
 * booleans, `<<` merges. With the same rules for writing, text that would be read as something else is quoted.
 */
export const KUBECTL_YAML = {
  schema: 'yaml-1.1',
  merge: true,
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
