/** Digits of a count in a sentence: 18,334 is 18,000. */
const DIGITS = 2;
/** Above it a number is told by its power of ten. */
const PLAIN_MAX = 1e9;
/** E below it is no sign of anything. */
const SMALL = 0.1;

/** A count of responses: 1,234. */
export function countText(count: number): string {
  const digits = String(Math.round(count));
  let text = digits.slice(-3);
  for (let end = digits.length - 3; end > 0; end -= 3) text = `${digits.slice(Math.max(0, end - 3), end)},${text}`;
  return text;
}

/** A value with two digits: 18,000, 2.9, 0.04. */
export function roundText(value: number): string {
  return digitsText(value, Math.round);
}

/** A value that something is at most. */
export function atMostText(value: number): string {
  return digitsText(value, Math.ceil);
}

/** The E of a logarithm: `= 18,000`, `= 10^40`, `< 0.1`. */
export function evidenceText(log: number): string {
  if (log < Math.log(SMALL)) return `< ${SMALL}`;
  return `= ${log > Math.log(PLAIN_MAX) ? `10^${Math.floor(log / Math.LN10)}` : digitsText(Math.exp(log), Math.floor)}`;
}

function digitsText(value: number, round: (value: number) => number): string {
  if (value === 0) return '0';
  const power = Math.floor(Math.log10(value)) + 1 - DIGITS;
  // 1.1 / 0.1 is 11.000000000000002: what is nearly whole is whole.
  const scaled = power < 0 ? value * 10 ** -power : value / 10 ** power;
  const near = Math.round(scaled);
  const digits = Math.abs(scaled - near) < 1e-9 * scaled ? near : round(scaled);
  if (power >= 0) return countText(digits * 10 ** power);
  return String(Number((digits / 10 ** -power).toFixed(Math.min(100, -power))));
}
