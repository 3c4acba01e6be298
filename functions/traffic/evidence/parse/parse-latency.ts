/** Buckets of one histogram; Envoy has about 90 in a decade. */
const BUCKETS_MAX = 700;
/** Eleven days, in milliseconds. */
const BOUND_MAX = 1_000_000_000;
/** Digits that a double holds exactly, and so does its quotient by a power of ten (Clinger 1990). */
const EXACT_DIGITS = 15;
const COUNT_DIGITS_MAX = 10;
const BOUND_CHARACTERS_MAX = 20;
/** Bounds of other forms, as Envoy writes those from 100 on: `1.1e+02`. */
const BOUND = /^\d[\d.]{0,15}(?:e\+?\d{1,2})?$/;

const [DOT, ZERO, NINE, SPACE] = [0x2e, 0x30, 0x39, 0x20];

/**
 * Reads `bound:n bound:n`, in any order: requests by the lower bound of their bucket, in milliseconds. Digit by digit, because
 * a report has hundreds of them; undefined where it cannot be.
 *
 * @param countMax the most that one bucket may hold
 */
export function parseLatency(value: unknown, countMax: number): ReadonlyMap<number, number> | undefined {
  if (typeof value !== 'string') return undefined;
  const latency = new Map<number, number>();
  let at = 0;
  while (at <= value.length) {
    const colon = value.indexOf(':', at);
    if (colon === -1 || colon - at > BOUND_CHARACTERS_MAX) return undefined;
    const bound = readBound(value, at, colon);
    let end = colon + 1;
    let count = 0;
    for (; isDigit(value.charCodeAt(end)); end++) count = count * 10 + value.charCodeAt(end) - ZERO;
    const isCount = count >= 1 && count <= countMax && end - colon - 1 <= COUNT_DIGITS_MAX;
    const isEnd = end === value.length || value.charCodeAt(end) === SPACE;
    if (!(bound <= BOUND_MAX) || !isCount || !isEnd) return undefined;
    if (latency.has(bound) || latency.size === BUCKETS_MAX) return undefined;
    latency.set(bound, count);
    at = end + 1;
  }
  return latency;
}

/** The number between two places: whole numbers and decimals at once, others by the parser; NaN for none. */
function readBound(text: string, from: number, to: number): number {
  let mantissa = 0;
  let divisor = 0;
  let at = from;
  for (; at < to; at++) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) {
      mantissa = mantissa * 10 + code - ZERO;
      divisor *= 10;
    } else if (code === DOT && divisor === 0 && at > from) divisor = 1;
    else break;
  }
  if (at === to && to > from && to - from <= EXACT_DIGITS) return divisor > 1 ? mantissa / divisor : mantissa;
  const bound = text.slice(from, to);
  return BOUND.test(bound) ? Number(bound) : Number.NaN;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
