/**
 * Kubernetes' resource.Quantity, as far as comparing needs it (k8s.io/apimachinery, pkg/api/resource/quantity.go): a
 * decimal number with a suffix of powers of ten or of 1,024, or an exponent. The API server writes `1000m` as `1`, so
 * text comparison would see a change where there is none.
 */
const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d{1,2})?$/;
/** Longer text is no quantity that the API server would accept. */
const CHARACTERS_MAX = 64;

const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL_EXPONENT = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);

/** Whether a value is a quantity: a string in the grammar, or a number as YAML and JSON allow it. */
export function isQuantity(value: unknown): value is string | number {
  return parts(value) !== undefined;
}

/** Whether two values are the same quantity, however written: `1000m` and `1`, `1Gi` and `1024Mi`. */
export function sameQuantity(a: unknown, b: unknown): boolean {
  return a === b || (isQuantity(a) && isQuantity(b) && compareQuantities(a, b) === 0);
}

/** Negative, zero or positive, as for sorting. What is no quantity counts as 0. */
export function compareQuantities(a: string | number, b: string | number): number {
  const [left, right] = [parts(a) ?? ZERO, parts(b) ?? ZERO];
  const scale = Math.min(left.exponent, right.exponent);
  const difference =
    left.digits * 10n ** BigInt(left.exponent - scale) - right.digits * 10n ** BigInt(right.exponent - scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const ZERO = { digits: 0n, exponent: 0 };

/** The exact value as digits × 10^exponent. */
function parts(value: unknown): { digits: bigint; exponent: number } | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.length > CHARACTERS_MAX) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = QUANTITY.exec(text) ?? [];
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(`${sign}${whole}${fraction}`);
  const binary = BINARY.indexOf(suffix);
  if (binary >= 0) return { digits: digits * 1024n ** BigInt(binary + 1), exponent: -fraction.length };
  const exponent = DECIMAL_EXPONENT.get(suffix) ?? Number(suffix.slice(1));
  return { digits, exponent: exponent - fraction.length };
}
