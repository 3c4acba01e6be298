import { type Check, DNS_LABEL, own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import type { CanaryBackend, CanarySpec, Track } from '../canary.ts';
import { EXPORT } from '../match-texts.ts';
import { parseMatches } from './parse-match.ts';
import { parseAffinity, parseMirror } from './parse-traffic.ts';

const FIELDS = ['service', 'backends', 'totalWeight', 'exportTo', 'match', 'sessionAffinity', 'mirror'];
const TRACKS = ['stable', 'canary'] as const satisfies readonly Track[];
const PORT = { min: 1, max: 65_535 };
const SERVICE = 'must be the name of a Service: lower-case letters, digits and -, at most 63 characters';
/** Namespaces named one by one; more is what `*` is for. */
const NAMESPACES_MAX = 64;

/** Reads and defaults `spec` of a manifest; fields that it does not know are refused, because they would do nothing. */
export function parseSpec(check: Check, document: Json): CanarySpec {
  const spec = check.object(document, 'spec', 'spec', FIELDS);
  if (own(document, 'spec') === undefined) check.fault('spec', 'is missing');
  const service = parseService(check, spec ?? {}, spec !== undefined);
  const sessionAffinity = parseAffinity(check, spec ?? {});
  const mirror = parseMirror(check, spec ?? {});
  return {
    service,
    backends: parseBackends(check, spec ?? {}, service, spec !== undefined),
    totalWeight: parseTotalWeight(check, spec ?? {}),
    exportTo: parseExportTo(check, spec ?? {}),
    match: parseMatches(check, spec ?? {}),
    ...(sessionAffinity === undefined ? {} : { sessionAffinity }),
    ...(mirror === undefined ? {} : { mirror }),
  };
}

function parseService(check: Check, spec: Json, isThere: boolean): CanarySpec['service'] {
  const service = check.object(spec, 'service', 'spec.service', ['name', 'port']);
  if (service === undefined) {
    if (isThere && own(spec, 'service') === undefined) {
      check.fault('spec.service', 'is missing: the Service that callers name, as {name, port}');
    }
    return { name: '', port: 0 };
  }
  const name = check.string(service, 'name', 'spec.service.name');
  if (name !== '' && !DNS_LABEL.test(name)) check.fault('spec.service.name', SERVICE);
  if (own(service, 'port') === undefined) {
    check.fault('spec.service.port', 'is missing');
    return { name, port: 0 };
  }
  return { name, port: check.integer(service, 'port', 'spec.service.port', { ...PORT, fallback: 0 }) };
}

function parseBackends(
  check: Check,
  spec: Json,
  service: CanarySpec['service'],
  isThere: boolean,
): CanarySpec['backends'] {
  const list = own(spec, 'backends');
  const items = Array.isArray(list) ? list : [];
  if (isThere && items.length !== 2) {
    check.fault('spec.backends', 'must be a list of two: {name: stable, service: …} and {name: canary, service: …}');
  }
  const found = new Map<Track, CanaryBackend>();
  for (const [i, item] of items.slice(0, 2).entries()) {
    const backend = parseBackend(check, item, `spec.backends[${i}]`, service);
    if (backend === undefined) continue;
    if (found.has(backend.name)) check.fault(`spec.backends[${i}].name`, `there is another ${backend.name}`);
    found.set(backend.name, backend);
  }
  const stable = found.get('stable') ?? { name: 'stable', service: '', port: 0 };
  const canary = found.get('canary') ?? { name: 'canary', service: '', port: 0 };
  if (stable.service !== '' && stable.service === canary.service) {
    check.fault('spec.backends', 'stable and canary must be two Services: one alone cannot be split');
  }
  return [stable, canary];
}

function parseBackend(
  check: Check,
  item: unknown,
  path: string,
  service: CanarySpec['service'],
): CanaryBackend | undefined {
  if (!isRecord(item)) {
    check.fault(path, 'must be an object');
    return undefined;
  }
  check.onlyKeys(item, path, ['name', 'service', 'port']);
  const name = readTrack(check, item, `${path}.name`);
  const backend = check.string(item, 'service', `${path}.service`);
  if (backend !== '' && !DNS_LABEL.test(backend)) check.fault(`${path}.service`, SERVICE);
  if (backend !== '' && backend === service.name) {
    const why = 'must be a headless Service of its own, because the addresses of its Pods are looked up';
    check.fault(`${path}.service`, `${why}; ${service.name} is the one that callers name`);
  }
  const port = check.integer(item, 'port', `${path}.port`, { ...PORT, fallback: service.port || PORT.min });
  return name === undefined ? undefined : { name, service: backend, port };
}

/** The name of one track; undefined where it is none. */
export function readTrack(check: Check, item: Json, path: string): Track | undefined {
  const name = TRACKS.find((track) => track === own(item, 'name'));
  if (name === undefined) check.fault(path, `must be one of ${TRACKS.join(', ')}`);
  return name;
}

function parseTotalWeight(check: Check, spec: Json): CanarySpec['totalWeight'] {
  const total = own(spec, 'totalWeight') ?? 100;
  if (total === 100 || total === 10_000) return total;
  check.fault('spec.totalWeight', 'must be 100, or 10000 for hundredths of a percent');
  return 100;
}

function parseExportTo(check: Check, spec: Json): readonly string[] {
  const what = '* (every namespace), . (its own) or the name of a namespace';
  const names = check.strings(spec, 'exportTo', 'spec.exportTo', EXPORT, what) ?? ['*'];
  const list = own(spec, 'exportTo');
  if (Array.isArray(list) && (list.length === 0 || list.length > NAMESPACES_MAX)) {
    check.fault('spec.exportTo', `must have 1 to ${NAMESPACES_MAX} entries; to hide the canary, delete it`);
  }
  // In order, because another order is no other set of readers.
  return [...new Set(names)].sort();
}
