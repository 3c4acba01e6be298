import { type Check, DNS_LABEL, own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { checkJson } from '../../kubernetes/json-values.ts';
import type { Amendment } from '../template.ts';
import { checkRules } from './check-rules.ts';
import { checkTypes } from './check-types.ts';
import { checkContainerShape } from './container-shape.ts';
import { parseFragmentLists } from './each-container.ts';

/** Every container that the Pod itself brings. */
export const EVERY_CONTAINER = '*';
/** The probes of a container. */
export const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
/** What may be amended: nothing that grants something, and nothing that says what runs. */
const FIELDS = ['env', 'volumeMounts', 'lifecycle', 'resources', ...PROBES, 'args'];
const AMENDMENTS_MAX = 32;
const ARGS_MAX = 256;
const PATH = 'spec.amend';

/** Reads `spec.amend`: what goes into containers that the Pod or an earlier template brings; undefined where it is absent. */
export function parseAmend(check: Check, spec: Json): readonly Amendment[] | undefined {
  const list = own(spec, 'amend');
  if (list === undefined) return undefined;
  if (!Array.isArray(list) || list.length === 0 || list.length > AMENDMENTS_MAX) {
    check.fault(PATH, `must be a list of 1 to ${AMENDMENTS_MAX} amendments`);
    return undefined;
  }
  return list.flatMap((entry: unknown, i) => {
    const path = `${PATH}[${i}]`;
    if (!isRecord(entry)) check.fault(path, 'must be an object');
    return isRecord(entry) ? [parseAmendment(check, entry, path)] : [];
  });
}

function parseAmendment(check: Check, entry: Json, path: string): Amendment {
  check.onlyKeys(entry, path, ['container', 'except', 'fragment']);
  const container = check.string(entry, 'container', `${path}.container`);
  const isEvery = container === EVERY_CONTAINER;
  if (own(entry, 'container') === container && !isEvery && !DNS_LABEL.test(container)) {
    check.fault(
      `${path}.container`,
      `must be the name of a container, or '${EVERY_CONTAINER}' for all that the Pod brings`,
    );
  }
  const except = check.strings(entry, 'except', `${path}.except`, DNS_LABEL, 'a container name') ?? [];
  if (!isEvery && except.length > 0)
    check.fault(`${path}.except`, `makes sense only with container: '${EVERY_CONTAINER}'`);
  const at = `${path}.fragment`;
  const fragment = check.object(entry, 'fragment', at, FIELDS) ?? {};
  if (Object.keys(fragment).length === 0) check.fault(at, 'is missing or empty: what should the container get?');
  const lists = parseFragmentLists(check, fragment, at);
  const { env: _env, volumeMounts: _mounts, args, ...rest } = fragment;
  checkJson(check, rest, at);
  check.object(fragment, 'lifecycle', `${at}.lifecycle`, ['preStop']);
  check.object(fragment, 'resources', `${at}.resources`, ['limits', 'requests']);
  checkContainerShape(check, rest, at);
  checkTypes(check, fragment, 'Container', at);
  for (const [field, value] of Object.entries(rest)) {
    const type = field === 'lifecycle' ? 'Lifecycle' : field === 'resources' ? 'ResourceRequirements' : 'Probe';
    checkRules(check, value, type, `${at}.${field}`, true);
    refuseHosts(check, value, `${at}.${field}`);
  }
  const appended = parseArgs(check, args, `${at}.args`);
  if (isEvery && appended.length > 0) check.fault(`${at}.args`, 'needs the name of one container');
  return { container, except, ...lists, fields: rest satisfies Json, args: appended };
}

function parseArgs(check: Check, args: unknown, path: string): readonly string[] {
  if (args === undefined) return [];
  const isGood = Array.isArray(args) && args.length > 0 && args.length <= ARGS_MAX;
  if (!isGood) check.fault(path, `must be a list of 1 to ${ARGS_MAX} texts`);
  return isGood ? args.filter((arg) => typeof arg === 'string') : [];
}

/** A probe of another host makes the kubelet call it (Pod Security baseline forbids it since 1.34). */
function refuseHosts(check: Check, value: unknown, path: string): void {
  for (const [key, inner] of isRecord(value) ? Object.entries(value) : []) {
    if (key === 'host') check.fault(`${path}.host`, 'is not allowed: a container is probed at the Pod itself');
    else if (key !== 'httpHeaders') refuseHosts(check, inner, `${path}.${key}`);
  }
}
