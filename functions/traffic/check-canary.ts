import { COOKIE_TEXT, EXPORT, HEADER_TEXT, TOKEN } from '../canary/match-texts.ts';
import { Check, DNS_LABEL, own } from '../json/check.ts';
import { type Fault, isRecord } from '../json/faults.ts';
import type { Json } from '../json/json.ts';
import { checkManagedRoutes } from './xds/managed-routes.ts';

const DECIMAL = /^\d{1,15}$/;

/**
 * What makes a stored canary's listener and Envoy clusters impossible: names, ports, times. The release API checks
 * everything before it writes; this is for what was written by another version, or past it.
 */
export function checkTargets(canary: unknown): readonly Fault[] {
  const check = new Check();
  const metadata = objectOf(check, canary, 'metadata');
  for (const key of ['name', 'namespace']) label(check, metadata, key, `metadata.${key}`);
  if (!DECIMAL.test(check.string(metadata, 'resourceVersion', 'metadata.resourceVersion'))) {
    check.fault('metadata.resourceVersion', 'must be a decimal');
  }
  const targets = own(objectOf(check, canary, 'status'), 'targets');
  if (!Array.isArray(targets)) check.fault('status.targets', 'must be a list');
  const revisions = new Set<unknown>();
  for (const [i, target] of (Array.isArray(targets) ? targets : []).entries()) {
    checkTarget(check, target, `status.targets[${i}]`);
    const revision: unknown = isRecord(target) ? own(target, 'revision') : undefined;
    if (revisions.has(revision)) check.fault(`status.targets[${i}].revision`, 'is there twice');
    revisions.add(revision);
  }
  return check.faults;
}

/** What makes a stored canary's routes impossible or wrong: weights, matches, affinity, mirror, who sees it. */
export function checkRoutes(canary: unknown): readonly Fault[] {
  const check = new Check();
  const spec = objectOf(check, canary, 'spec');
  const total = own(spec, 'totalWeight');
  if (total !== 100 && total !== 10_000) check.fault('spec.totalWeight', 'must be 100 or 10000');
  const weights = check.object(objectOf(check, canary, 'status'), 'weights', 'status.weights') ?? {};
  const bounds = { min: 0, max: 10_000, fallback: -1 };
  const stable = check.integer(weights, 'stable', 'status.weights.stable', bounds);
  const share = check.integer(weights, 'canary', 'status.weights.canary', bounds);
  // Envoy answers 404 where the sum is 0, and another sum than before moves callers between the tracks.
  if (stable + share !== total) check.fault('status.weights', 'must add up to totalWeight');
  const exportTo = check.strings(spec, 'exportTo', 'spec.exportTo', EXPORT, 'a namespace, . or *');
  if (exportTo === undefined) check.fault('spec.exportTo', 'is missing');
  const match = own(spec, 'match');
  if (!Array.isArray(match)) check.fault('spec.match', 'must be a list');
  for (const [i, entry] of (Array.isArray(match) ? match : []).entries()) checkMatch(check, entry, `spec.match[${i}]`);
  checkAffinity(check, spec);
  checkMirror(check, spec);
  checkManagedRoutes(check, canary);
  return check.faults;
}

function checkTarget(check: Check, target: unknown, path: string): void {
  if (!isRecord(target)) {
    check.fault(path, 'must be an object');
    return;
  }
  check.integer(target, 'revision', `${path}.revision`, { min: 1, max: 1_000_000, fallback: 0 });
  const service = check.object(target, 'service', `${path}.service`) ?? {};
  label(check, service, 'name', `${path}.service.name`);
  port(check, service, `${path}.service.port`);
  const backends = own(target, 'backends');
  const tracks = Array.isArray(backends) ? backends : [];
  if (tracks.length !== 2) check.fault(`${path}.backends`, 'must be two: stable, canary');
  for (const [i, track] of tracks.entries()) {
    const backend = isRecord(track) ? track : {};
    if (own(backend, 'name') !== ['stable', 'canary'][i]) check.fault(`${path}.backends`, 'must be stable, canary');
    label(check, backend, 'service', `${path}.backends[${i}].service`);
    port(check, backend, `${path}.backends[${i}].port`);
  }
  check.strings(target, 'exportTo', `${path}.exportTo`, EXPORT, 'a namespace, . or *');
  for (const key of ['routesFrom', 'fallbackFrom', 'keepUntil']) {
    const time = own(target, key);
    const isAbsent = time === undefined && key !== 'routesFrom';
    if (!isAbsent && (typeof time !== 'string' || Number.isNaN(Date.parse(time)))) {
      check.fault(`${path}.${key}`, 'must be a time');
    }
  }
}

/** An entry without anything would send every request to the canary. */
function checkMatch(check: Check, entry: unknown, path: string): void {
  const partsOf = (key: string, texts: RegExp): readonly (readonly [string, unknown, RegExp])[] => {
    const named = isRecord(entry) ? check.object(entry, key, `${path}.${key}`) : undefined;
    return Object.entries(named ?? {}).map(([name, match]) => [name, match, texts]);
  };
  const parts = [...partsOf('headers', HEADER_TEXT), ...partsOf('cookies', COOKIE_TEXT)];
  if (parts.length === 0) check.fault(path, 'must name a header or a cookie');
  for (const [name, match, texts] of parts) {
    if (!TOKEN.test(name)) check.fault(path, 'names no header or cookie that can be');
    if (!isRecord(match) || Object.keys(match).length !== 1) check.fault(path, 'must be one of exact, prefix, present');
    const [[kind, value] = []] = isRecord(match) ? Object.entries(match) : [];
    const isText = (kind === 'exact' || kind === 'prefix') && typeof value === 'string' && texts.test(value);
    if (!isText && !(kind === 'present' && value === true)) check.fault(path, 'must be one of exact, prefix, present');
  }
}

function checkAffinity(check: Check, spec: Json): void {
  const affinity = check.object(spec, 'sessionAffinity', 'spec.sessionAffinity');
  if (affinity === undefined) return;
  const keys = own(affinity, 'hashOn');
  if (!Array.isArray(keys) || keys.length === 0) check.fault('spec.sessionAffinity.hashOn', 'must be a list of keys');
  for (const [i, key] of (Array.isArray(keys) ? keys : []).entries()) {
    const [[kind, value] = []] = isRecord(key) ? Object.entries(key) : [];
    const isName = (kind === 'header' || kind === 'cookie') && typeof value === 'string' && TOKEN.test(value);
    if (!isName && !(kind === 'sourceIP' && value === true)) {
      check.fault(`spec.sessionAffinity.hashOn[${i}]`, 'must be one of header, cookie, sourceIP');
    }
  }
}

function checkMirror(check: Check, spec: Json): void {
  const mirror = check.object(spec, 'mirror', 'spec.mirror');
  if (mirror === undefined) return;
  const share = own(mirror, 'percentage');
  if (typeof share === 'number' && share >= 0 && share <= 100) return;
  check.fault('spec.mirror.percentage', 'must be a number from 0 to 100');
}

function objectOf(check: Check, owner: unknown, key: string): Json {
  return (isRecord(owner) ? check.object(owner, key, key) : undefined) ?? {};
}

function label(check: Check, owner: Json, key: string, path: string): void {
  if (!DNS_LABEL.test(check.string(owner, key, path))) check.fault(path, 'must be a DNS label');
}

function port(check: Check, owner: Json, path: string): void {
  check.integer(owner, 'port', path, { min: 1, max: 65_535, fallback: 0 });
}
