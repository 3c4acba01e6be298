import type { Operation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { RawPod } from '../../kubernetes/pod.ts';

/** What the API server or ServiceAccount admission puts there for a Pod that says nothing. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  serviceAccountName: 'default',
  serviceAccount: 'default',
  enableServiceLinks: true,
  preemptionPolicy: 'PreemptLowerPriority',
  priority: 0,
};
/** Two values and a path fit into the 120 characters of a warning. */
const VALUE_CHARACTERS_MAX = 24;
const PREFIX = 'outrigger.dev/';

/**
 * A warning for each field of the Pod that the templates give another value, or take away, with both values: a grace period
 * of two minutes that becomes 30 seconds is found in production otherwise. What the API server filled in was asked for by no one.
 * Of annotations and labels only the length is shown, for they may hold secrets, also where the Pod has no map there; of
 * lists and maps that they are some.
 *
 * @param pod as it came
 * @param operations what merges the templates' labels, annotations and spec into it; not those of containers
 */
export function warningsAboutOverwrites(pod: RawPod, operations: readonly Operation[]): readonly string[] {
  return operations.flatMap((operation) => warningAbout(pod, operation) ?? []);
}

function warningAbout(pod: RawPod, operation: Operation): string | undefined {
  if (operation.op !== 'replace' && operation.op !== 'remove') return undefined;
  const segments = operation.path.split('/').slice(1).map(unescaped);
  const [top, field = '', key = ''] = segments;
  const isAnnotation = top === 'metadata' && field === 'annotations';
  // The places of elements move with every removal, and what is deleted from a list was meant to be.
  const isElement = operation.op === 'remove' && /^\d+$/.test(segments.at(-1) ?? '');
  const before = isElement ? undefined : valueAt(pod, segments);
  if (before === undefined || (isAnnotation && key.startsWith(PREFIX)) || isDefault(segments, before)) return undefined;
  const show = top === 'metadata' ? lengthOf : shown;
  const path = pathOf(segments);
  return operation.op === 'remove'
    ? `outrigger: ${path}: the templates take away the Pod's ${show(before)}`
    : `outrigger: ${path}: ${show(operation.value)} of the templates in place of the Pod's ${show(before)}`;
}

function isDefault([top, field = '', ...rest]: readonly string[], value: unknown): boolean {
  return top === 'spec' && rest.length === 0 && Object.hasOwn(DEFAULTS, field) && DEFAULTS[field] === value;
}

function valueAt(pod: RawPod, segments: readonly string[]): unknown {
  let value: unknown = pod;
  for (const segment of segments) {
    if (Array.isArray(value)) value = /^\d+$/.test(segment) ? value[Number(segment)] : undefined;
    else value = isRecord(value) ? own(value, segment) : undefined;
  }
  return value;
}

/** `spec.nodeSelector["kubernetes.io/os"]`. */
function pathOf(segments: readonly string[]): string {
  return segments
    .map((segment) =>
      /^[A-Za-z]\w*$/.test(segment) ? `.${segment}` : /^\d+$/.test(segment) ? `[${segment}]` : `["${segment}"]`,
    )
    .join('')
    .slice(1);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (isRecord(value)) return 'map';
  const text = JSON.stringify(value) ?? '';
  return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX - 1)}…` : text;
}

function lengthOf(value: unknown): string {
  return `${typeof value === 'string' ? value.length : 0} characters`;
}

function unescaped(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}
