import { hash } from 'node:crypto';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';

/** The Pod template of a workload, as its API server has it. */
export interface PodTemplate {
  readonly labels: Json;
  readonly annotations: Json;
  readonly spec: Json;
}

/** What `kubectl rollout restart` sets: the same version again. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
/** Fields of a Pod's spec that choose Pods by labels, which are each track's own. */
export const OWN_FIELDS: ReadonlySet<string> = new Set(['affinity', 'topologySpreadConstraints']);

/** The Pod template of a Deployment or StatefulSet; what is absent is empty. */
export function podTemplateOf(spec: Json): PodTemplate {
  const template = recordIn(spec, 'template');
  const metadata = recordIn(template, 'metadata');
  return {
    labels: recordIn(metadata, 'labels'),
    annotations: recordIn(metadata, 'annotations'),
    spec: recordIn(template, 'spec'),
  };
}

/** Tells one template from another: SHA-256, in hex, of all of it but what a restart sets. */
export function hashOf({ labels, annotations, spec }: PodTemplate): string {
  const { [RESTARTED_AT]: _, ...rest } = annotations;
  return hash('sha256', JSON.stringify(inOrder({ labels, annotations: rest, spec })), 'hex');
}

/**
 * Where the Pods of two templates differ, as a path of the first difference (`containers[app].image`); undefined where they run the
 * same. Labels, annotations and the fields that choose Pods by labels are each track's own.
 */
export function differenceOf(one: PodTemplate, other: PodTemplate): string | undefined {
  const [a, b] = [one, other].map(({ spec }) =>
    Object.fromEntries(Object.entries(spec).filter(([key]) => !OWN_FIELDS.has(key))),
  );
  return pathOfDifference(a, b, '');
}

/** Where two values differ, as a path below `path`; undefined where they do not. */
export function pathOfDifference(a: unknown, b: unknown, path: string): string | undefined {
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return path;
    return firstOf(a.keys(), (i) => pathOfDifference(a[i], b[i], `${path}[${nameOf(a[i]) ?? i}]`));
  }
  if (!isRecord(a) || !isRecord(b)) return Object.is(a, b) ? undefined : path;
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return firstOf(keys, (key) => {
    const at = path === '' ? key : `${path}.${key}`;
    return Object.hasOwn(a, key) && Object.hasOwn(b, key) ? pathOfDifference(a[key], b[key], at) : at;
  });
}

function firstOf<T>(all: Iterable<T>, find: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A container, a volume, a variable: lists of Pods name their entries. */
function nameOf(entry: unknown): string | undefined {
  const name: unknown = isRecord(entry) ? entry['name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** The same value with keys in order: another version of an API server may write them in another one. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isRecord(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, inOrder(value[key])]));
}

function recordIn(owner: Json, key: string): Json {
  const value = owner[key];
  return isRecord(value) ? value : {};
}
