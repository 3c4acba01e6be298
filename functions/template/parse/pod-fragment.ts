import { type Check, DNS_LABEL, own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { hasTooManyAnnotations } from '../../kubernetes/annotation-size.ts';
import { checkJson } from '../../kubernetes/json-values.ts';
import { isDirective, isMarker, PATCH } from '../../kubernetes/merge/directives.ts';
import { POD_SPEC } from '../../kubernetes/merge/merge-keys.ts';
import { isQualifiedName, LABEL_VALUE } from '../../kubernetes/metadata-names.ts';
import { ANNOTATION_BYTES_MAX } from '../../limits.ts';
import type { ContainerFragment, PodFragment } from '../template.ts';
import { checkSpecMerge } from './check-merge.ts';
import { checkRules } from './check-rules.ts';
import { checkTypes } from './check-types.ts';
import { checkContainerShape } from './container-shape.ts';
import { parseEachContainer } from './each-container.ts';
import { parseAmend } from './parse-amend.ts';

/** An image reference: no white space or control character, and bounded (the API server only wants it non-empty). */
const IMAGE = /^[\x21-\x7e]{1,1024}$/;

/** Labels by which workload controllers recognise their Pods: changing one orphans the Pod (istio/istio note 43433). */
const CONTROLLER_LABELS = ['pod-template-hash', 'controller-revision-hash', 'pod-template-generation'];
/** Annotations and labels of this prefix are switches and status of Outrigger itself. */
const OWN_PREFIX = 'outrigger.dev/';

/** Reads `spec.pod`, `spec.eachContainer` and `spec.amend` of a template: at least one of them must add something. */
export function parsePodFragment(check: Check, spec: Json): PodFragment {
  const path = 'spec.pod';
  const pod = check.object(spec, 'pod', path, ['metadata', 'spec']);
  const eachContainer = parseEachContainer(check, spec);
  const amend = parseAmend(check, spec);
  if (pod === undefined && eachContainer === undefined && amend === undefined) {
    check.fault(path, 'is missing: what should the template add?');
  }
  const metadata = check.object(pod ?? {}, 'metadata', `${path}.metadata`, ['labels', 'annotations']) ?? {};
  const whole = check.object(pod ?? {}, 'spec', `${path}.spec`) ?? {};
  const { containers, initContainers, ...rest } = whole;
  const fragment: PodFragment = {
    labels: parseMetadataMap(check, metadata, 'labels', LABEL_VALUE),
    annotations: parseMetadataMap(check, metadata, 'annotations'),
    containers: parseContainers(check, containers, `${path}.spec.containers`),
    initContainers: parseContainers(check, initContainers, `${path}.spec.initContainers`),
    spec: rest,
    ...(eachContainer === undefined ? {} : { eachContainer }),
    ...(amend === undefined ? {} : { amend }),
  };
  checkSpecMerge(check, rest, POD_SPEC, `${path}.spec`);
  checkVolumes(check, own(rest, 'volumes'), `${path}.spec.volumes`);
  checkTypes(check, whole, 'PodSpec', `${path}.spec`);
  for (const list of ['containers', 'initContainers'] as const) {
    checkRules(check, own(whole, list), '[]Container', `${path}.spec.${list}`, true);
  }
  checkRules(check, own(rest, 'volumes'), '[]Volume', `${path}.spec.volumes`, true);
  checkRules(check, rest, 'PodSpec', `${path}.spec`, false);
  if ('ephemeralContainers' in rest)
    check.fault(`${path}.spec.ephemeralContainers`, 'cannot be set when a Pod is created');
  if (pod !== undefined && isEmpty(fragment)) check.fault(path, 'is empty: what should the template add?');
  checkNames(check, fragment, `${path}.spec`);
  return fragment;
}

function checkNames(check: Check, { containers, initContainers, amend = [] }: PodFragment, path: string): void {
  const names = [...containers, ...initContainers].map((c) => c.name);
  for (const [i, { container }] of amend.entries()) {
    const isOwn = names.includes(container);
    if (isOwn)
      check.fault(`spec.amend[${i}].container`, `${container} is a container of this template: write it there`);
  }
  for (const name of new Set(names.filter((n, i) => names.indexOf(n) !== i))) {
    check.fault(path, `more than one container is called ${JSON.stringify(name)}`);
  }
}

function isEmpty(fragment: PodFragment): boolean {
  if (fragment.eachContainer !== undefined || fragment.amend !== undefined) return false;
  const lists = fragment.containers.length + fragment.initContainers.length;
  const maps = [fragment.labels, fragment.annotations, fragment.spec];
  return lists === 0 && maps.every((m) => Object.keys(m).length === 0);
}

function parseMetadataMap(
  check: Check,
  metadata: Json,
  key: string,
  values?: RegExp,
): Readonly<Record<string, string>> {
  const path = `spec.pod.metadata.${key}`;
  const entries = Object.entries(check.object(metadata, key, path) ?? {});
  for (const [name, value] of entries) {
    const at = `${path}[${JSON.stringify(name)}]`;
    if (!isQualifiedName(name)) check.fault(at, 'is not a valid key');
    if (name.startsWith(OWN_PREFIX)) check.fault(at, `keys of ${OWN_PREFIX} are reserved`);
    if (CONTROLLER_LABELS.includes(name)) check.fault(at, 'belongs to the workload controllers and cannot be set');
    if (typeof value !== 'string') check.fault(at, 'must be a string (put numbers and booleans in quotes)');
    else if (values?.test(value) === false) check.fault(at, 'is not a valid label value');
  }
  const map = Object.fromEntries(entries.filter((e): e is [string, string] => typeof e[1] === 'string'));
  if (hasTooManyAnnotations(map)) check.fault(path, `has more than ${ANNOTATION_BYTES_MAX} bytes`);
  return map;
}

function parseContainers(check: Check, value: unknown, path: string): readonly ContainerFragment[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    check.fault(path, 'must be a list');
    return [];
  }
  return value.flatMap((container: unknown, i) => {
    const at = `${path}[${i}]`;
    const name = isRecord(container) ? own(container, 'name') : undefined;
    if (!isRecord(container) || typeof name !== 'string' || !DNS_LABEL.test(name)) {
      check.fault(`${at}.name`, 'must be lower-case letters, digits and -, at most 63 characters');
      return [];
    }
    const image = own(container, 'image');
    if (typeof image !== 'string' || !IMAGE.test(image)) check.fault(`${at}.image`, 'must be an image name');
    else if (image === 'auto') check.fault(`${at}.image`, 'auto names no image here; write the one that is to run');
    checkJson(check, container, at);
    checkContainerShape(check, container, at);
    return [{ ...container, name } satisfies Json];
  });
}

/** Each volume has a name of its own and at most one source (none means emptyDir, as in Kubernetes). */
function checkVolumes(check: Check, value: unknown, path: string): void {
  if (!Array.isArray(value)) return;
  const seen = new Set<unknown>();
  for (const [i, volume] of value.entries()) {
    if (!isRecord(volume) || volume[PATCH] === 'replace') continue;
    const name = own(volume, 'name');
    if (typeof name !== 'string' || !DNS_LABEL.test(name)) check.fault(`${path}[${i}].name`, 'must be a DNS label');
    if (seen.has(name)) check.fault(`${path}[${i}].name`, `more than one volume is called ${JSON.stringify(name)}`);
    seen.add(name);
    const fields = isMarker(volume) ? [] : Object.keys(volume);
    if (fields.filter((key) => !isDirective(key)).length > 2) check.fault(`${path}[${i}]`, 'has more than one source');
  }
}
