import { type Check, own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import type { CanarySpec, HashKey } from '../canary.ts';
import { TOKEN } from '../match-texts.ts';

/** Each is looked at for every request. */
const HASH_KEYS_MAX = 8;

/** Reads `spec.sessionAffinity`: what keeps a caller on its track. */
export function parseAffinity(check: Check, spec: Json): CanarySpec['sessionAffinity'] {
  const path = 'spec.sessionAffinity';
  const affinity = check.object(spec, 'sessionAffinity', path, ['hashOn']);
  if (affinity === undefined) return undefined;
  const list = own(affinity, 'hashOn');
  if (!Array.isArray(list) || list.length === 0 || list.length > HASH_KEYS_MAX) {
    check.fault(`${path}.hashOn`, `must be a list of 1 to ${HASH_KEYS_MAX} of {header}, {cookie} and {sourceIP: true}`);
    return undefined;
  }
  return { hashOn: list.map((item: unknown, i) => parseHashKey(check, item, `${path}.hashOn[${i}]`)) };
}

function parseHashKey(check: Check, item: unknown, path: string): HashKey {
  const [[kind, value] = [], ...more] = isRecord(item) ? Object.entries(item) : [];
  if (more.length === 0) {
    if (kind === 'sourceIP' && value === true) return { sourceIP: true };
    if (typeof value === 'string' && TOKEN.test(value)) {
      if (kind === 'header') return { header: value.toLowerCase() };
      if (kind === 'cookie') return { cookie: value };
    }
  }
  check.fault(path, 'must be one of {header: NAME}, {cookie: NAME} and {sourceIP: true}');
  return { sourceIP: true };
}

/** Reads `spec.mirror`: the share of requests of which the canary gets a copy. */
export function parseMirror(check: Check, spec: Json): CanarySpec['mirror'] {
  const mirror = check.object(spec, 'mirror', 'spec.mirror', ['percentage']);
  if (mirror === undefined) return undefined;
  const percentage = own(mirror, 'percentage');
  // Envoy counts it in parts of a million; hundredths of a percent are what weights have as well.
  const isGood =
    typeof percentage === 'number' &&
    percentage >= 0 &&
    percentage <= 100 &&
    Number.isInteger(Math.round(percentage * 1e6) / 1e4);
  if (isGood) return { percentage };
  check.fault('spec.mirror.percentage', 'must be a number from 0 to 100 with at most 2 decimals');
  return undefined;
}
