import { type Check, DNS_LABEL, own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { checkJson } from '../../kubernetes/json-values.ts';
import type { EachContainer } from '../template.ts';
import { checkRules } from './check-rules.ts';
import { checkTypes } from './check-types.ts';

/** As the API server wants it: printable ASCII without `=`. */
const ENV_NAME = /^[\x20-\x3c\x3e-\x7e]{1,255}$/;
const PATH = /^\/[^:\p{C}]{0,1023}$/u;

/** Reads `spec.eachContainer`: what goes into every container that the Pod itself brings. */
export function parseEachContainer(check: Check, spec: Json): EachContainer | undefined {
  const path = 'spec.eachContainer';
  const each = check.object(spec, 'eachContainer', path, ['except', 'fragment']);
  if (each === undefined) return undefined;
  const fragment = check.object(each, 'fragment', `${path}.fragment`, ['env', 'volumeMounts']);
  if (fragment === undefined) check.fault(`${path}.fragment`, 'is missing: what should every container get?');
  const parsed: EachContainer = {
    except: check.strings(each, 'except', `${path}.except`, DNS_LABEL, 'a container name') ?? [],
    ...parseFragmentLists(check, fragment ?? {}, `${path}.fragment`),
  };
  checkTypes(check, fragment ?? {}, 'Container', `${path}.fragment`);
  return parsed;
}

/** Reads the variables and mounts of a fragment that goes into containers of others. */
export function parseFragmentLists(
  check: Check,
  fragment: Json,
  path: string,
): Pick<EachContainer, 'env' | 'volumeMounts'> {
  const lists = {
    env: parseElements(check, fragment, 'env', `${path}.env`, 'name', ENV_NAME),
    volumeMounts: parseMounts(check, fragment, `${path}.volumeMounts`),
  };
  checkRules(check, own(fragment, 'env'), '[]EnvVar', `${path}.env`, true);
  checkRules(check, own(fragment, 'volumeMounts'), '[]VolumeMount', `${path}.volumeMounts`, true);
  return lists;
}

function parseMounts(check: Check, fragment: Json, path: string): readonly Json[] {
  const mounts = parseElements(check, fragment, 'volumeMounts', path, 'mountPath', PATH);
  for (const [i, mount] of mounts.entries()) {
    const name = own(mount, 'name');
    if (typeof name !== 'string' || !DNS_LABEL.test(name)) check.fault(`${path}[${i}].name`, 'must be a DNS label');
  }
  return mounts;
}

/** A list of maps, each with a key of its own. */
function parseElements(
  check: Check,
  fragment: Json,
  field: string,
  path: string,
  key: string,
  accepts: RegExp,
): readonly Json[] {
  const list = own(fragment, field) ?? [];
  if (!Array.isArray(list)) {
    check.fault(path, 'must be a list');
    return [];
  }
  checkJson(check, list, path);
  const seen = new Set<string>();
  return list.filter((element: unknown, i): element is Json => {
    const value = isRecord(element) ? own(element, key) : undefined;
    const isGood = typeof value === 'string' && accepts.test(value) && !seen.has(value);
    if (isGood) seen.add(value);
    else check.fault(`${path}[${i}].${key}`, 'is missing, malformed or there twice');
    return isGood;
  });
}
