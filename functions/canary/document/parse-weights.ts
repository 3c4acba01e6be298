import { Check, own } from '../../json/check.ts';
import { isRecord, type Parsed } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import type { Infer } from '../../json/schema/infer.ts';
import { BACKEND, type SPEC } from './spec.ts';
import type { WEIGHTS } from './status.ts';
import { STEPS_MAX } from './strategy/steps.ts';

type Track = Infer<typeof BACKEND>['name'];

/** The weights that a caller asks for, and why. */
export interface WeightsRequest {
  readonly weights: Infer<typeof WEIGHTS>;
  readonly reason?: string;
}

/** What a read of the weights brings back besides; it changes nothing. */
const PASSED_OVER = ['apiVersion', 'kind', 'metadata', 'totalWeight', 'phase'];
/** Printable text of one line: it stands in audit entries, conditions and terminals. */
export const REASON = /^[^\p{C}\p{Zl}\p{Zp}]{1,256}$/u;

/** Reads `{"backends": [{"name": "stable", "weight": 80}, {"name": "canary", "weight": 20}], "reason": …}`. */
export function parseWeights(
  document: unknown,
  totalWeight: Infer<typeof SPEC>['totalWeight'],
): Parsed<WeightsRequest> {
  if (!isRecord(document)) return { valid: false, faults: [{ path: '', message: 'weights must be an object' }] };
  const check = new Check();
  check.onlyKeys(document, '', ['backends', 'reason', ...PASSED_OVER]);
  const list = own(document, 'backends');
  if (!Array.isArray(list) || list.length !== 2) {
    check.fault('backends', 'must be a list of two: {name: stable, weight: …} and {name: canary, weight: …}');
  }
  const found = new Map<Track, number>();
  for (const [i, item] of (Array.isArray(list) ? list : []).slice(0, 2).entries()) {
    readBackend(check, item, `backends[${i}]`, totalWeight, found);
  }
  const weights = { stable: found.get('stable') ?? 0, canary: found.get('canary') ?? 0 };
  const sum = weights.stable + weights.canary;
  if (check.faults.length === 0 && sum !== totalWeight) {
    check.fault('backends', `weights must add up to ${totalWeight} (spec.totalWeight); these make ${sum}`);
  }
  const reason = readReason(check, document);
  return check.faults.length > 0
    ? { valid: false, faults: check.faults }
    : { valid: true, value: { weights, ...(reason === undefined ? {} : { reason }) } };
}

/** Reads the optional body of an abort, a retry or what steers a release: `{"reason": …}`. */
export function parseReason(document: unknown): Parsed<string | undefined> {
  const check = new Check();
  if (!isRecord(document)) return { valid: false, faults: [{ path: '', message: 'must be an object: {"reason": …}' }] };
  check.onlyKeys(document, '', ['reason']);
  const reason = readReason(check, document);
  return check.faults.length > 0 ? { valid: false, faults: check.faults } : { valid: true, value: reason };
}

/** Reads the optional body of a promotion: `{"reason": …, "full": true}`. */
export function parsePromotion(
  document: unknown,
): Parsed<{ readonly reason: string | undefined; readonly full: boolean }> {
  const check = new Check();
  if (!isRecord(document)) {
    return { valid: false, faults: [{ path: '', message: 'must be an object: {"reason": …, "full": true}' }] };
  }
  check.onlyKeys(document, '', ['reason', 'full']);
  const value = { reason: readReason(check, document), full: check.boolean(document, 'full', 'full', false) };
  return check.faults.length > 0 ? { valid: false, faults: check.faults } : { valid: true, value };
}

/** Reads the optional body of a retry: `{"reason": …, "fromStep": 3}`; steps count from 1. */
export function parseRetry(
  document: unknown,
): Parsed<{ readonly reason: string | undefined; readonly fromStep: number | undefined }> {
  const check = new Check();
  if (!isRecord(document)) {
    return { valid: false, faults: [{ path: '', message: 'must be an object: {"reason": …, "fromStep": 3}' }] };
  }
  check.onlyKeys(document, '', ['reason', 'fromStep']);
  const isNamed = (own(document, 'fromStep') ?? undefined) !== undefined;
  const fromStep = check.integer(document, 'fromStep', 'fromStep', { min: 1, max: STEPS_MAX + 1, fallback: 1 });
  const value = { reason: readReason(check, document), fromStep: isNamed ? fromStep : undefined };
  return check.faults.length > 0 ? { valid: false, faults: check.faults } : { valid: true, value };
}

function readBackend(check: Check, item: unknown, path: string, total: number, found: Map<Track, number>): void {
  if (!isRecord(item)) {
    check.fault(path, 'must be an object');
    return;
  }
  check.onlyKeys(item, path, ['name', 'weight']);
  const name = readTrack(check, item, `${path}.name`);
  if (name === undefined) return;
  if (found.has(name)) check.fault(`${path}.name`, `there is another ${name}`);
  // NaN is written as null by JSON: it must not count as none.
  if ((own(item, 'weight') ?? undefined) === undefined) check.fault(`${path}.weight`, 'is missing');
  else found.set(name, check.integer(item, 'weight', `${path}.weight`, { min: 0, max: total, fallback: 0 }));
}

/** The name of one track; undefined where it is none. */
function readTrack(check: Check, item: Json, path: string): Track | undefined {
  const { values, message } = BACKEND.fields.name;
  const name = values.find((track) => track === own(item, 'name'));
  if (name === undefined) check.fault(path, message);
  return name;
}

function readReason(check: Check, document: Json): string | undefined {
  const reason = own(document, 'reason');
  if (reason === undefined) return undefined;
  if (typeof reason === 'string' && REASON.test(reason)) return reason;
  check.fault('reason', 'must be 1 to 256 printable characters on one line');
  return undefined;
}
