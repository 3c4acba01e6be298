import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { isPolicy } from './read-policy.ts';
import { isPlan, type VerdictRecord } from './record.ts';

type Test = (value: unknown) => boolean;

/** Entries of a tally: two significant digits, sixteen decades. */
const TALLY_MAX = 2_000;
/** Bounds of a step, with room. */
const BOUNDS_MAX = 16;

/**
 * A record as it is kept; undefined for anything else. A record that cannot be read is begun again from the rows of evidence
 * that are there: it must never convict on numbers that are none.
 */
export function readVerdictRecord(value: unknown): VerdictRecord | undefined {
  return isVerdictRecord(value) ? value : undefined;
}

function isVerdictRecord(value: unknown): value is VerdictRecord {
  return hasFields(value, RECORD);
}

/** A number that a sum can be. */
const amount: Test = (value) => typeof value === 'number' && value >= 0 && Number.isFinite(value);
const whole: Test = (value) => amount(value) && Number.isSafeInteger(value);
const place: Test = (value) => value === -1 || whole(value);
const flag: Test = (value) => typeof value === 'boolean';
const optional =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);
const object =
  (fields: Fields): Test =>
  (value) =>
    hasFields(value, fields);
const list =
  (test: Test, most: number): Test =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(test);
const twoAmounts: Test = (value) => list(amount, 2)(value) && Array.isArray(value) && value.length === 2;
const tally: Test = (value) => list(twoAmounts, TALLY_MAX)(value) && isRising(value);

type Fields = Readonly<Record<string, Test>>;
const PAIR = { stable: amount, canary: amount };
const LATENCY = {
  bounds: list(object({ ...PAIR, quantile: optional(amount) }), BOUNDS_MAX),
  slow: list(object(PAIR), BOUNDS_MAX),
  worst: list(object(PAIR), BOUNDS_MAX),
  responses: object(PAIR),
};
const STEP = {
  weight: amount,
  windows: whole,
  seconds: amount,
  badWindows: whole,
  worstBad: amount,
  responses: object(PAIR),
  bad: object(PAIR),
  weighed: object(PAIR),
  latency: optional((value) => hasFields(value, LATENCY) && areBoundsAlike(value)),
};
const RECORD: Fields = {
  policy: isPolicy,
  baseline: object({ seconds: amount, responses: amount, bad: amount }),
  steps: (value) => Array.isArray(value) && value.every(object(STEP)) && isPlan(value.map(({ weight }) => weight)),
  intake: object({
    num: amount,
    den: amount,
    last: optional(twoAmounts),
    counts: tally,
    kappa: amount,
    isBursty: flag,
  }),
  worst: optional(object({ ...PAIR, step: whole })),
  histogram: tally,
  foldedUntil: place,
  foldedStep: place,
};

/** Whether a value is an object with these fields and no others. */
function hasFields(value: unknown, fields: Fields): value is Json {
  if (!isRecord(value)) return false;
  const isKnown = Object.keys(value).every((key) => Object.hasOwn(fields, key));
  const own = (key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
  return isKnown && Object.entries(fields).every(([key, test]) => test(own(key)));
}

function isRising(value: unknown): boolean {
  const firsts = Array.isArray(value) ? value.map((pair: unknown) => (Array.isArray(pair) ? Number(pair[0]) : 0)) : [];
  return firsts.every((first, i) => i === 0 || first > (firsts[i - 1] ?? 0));
}

function areBoundsAlike({ bounds, slow, worst }: Json): boolean {
  const lengths = [bounds, slow, worst].map((each) => (Array.isArray(each) ? each.length : -1));
  return new Set(lengths).size === 1;
}
