import { object, text } from '../../../json/schema/build.ts';
import type { Place, Schema } from '../../../json/schema/schema.ts';
import { durationMs } from '../../../template/parameter/duration.ts';

/** Whole hours, minutes and seconds, as Argo and Kubernetes write them: `90s`, `5m`, `1h30m`. */
const TIME = /^(?=\d)(\d{1,5}h)?(\d{1,6}m)?(\d{1,7}s)?$/;
/** A share in percent with at most four decimals: `20%`, `0.25%`. */
const SHARE = /^\d{1,4}(\.\d{1,4})?%$/;

/** A time from `min` to `max`, both written as it is. */
interface TimeBounds {
  readonly min: string;
  readonly max: string;
}

/** A time as text; `durationMs` has it in milliseconds. */
/* @__NO_SIDE_EFFECTS__ */
export function time<const More extends { readonly fallback?: string; readonly optional?: true }>(
  { min, max }: TimeBounds,
  more: More,
) {
  const message: string = `must be a time from ${min} to ${max} in hours, minutes and seconds, such as 90s or 5m`;
  const rule = (value: unknown, { check, path }: Place): unknown => {
    const ms = durationMs(String(value));
    if (TIME.test(String(value)) && (ms < durationMs(min) || ms > durationMs(max))) check.fault(path, message);
    return value;
  };
  return text({ pattern: TIME, message, rule, ...more });
}

/** A share in percent as text, from `min` to `max` percent; `shareOf` has it as a number. */
/* @__NO_SIDE_EFFECTS__ */
export function share<const More extends { readonly fallback: string }>(min: number, max: number, more: More) {
  const message: string = `must be a share from ${min}% to ${max}% with at most 4 decimals, such as 20% or 0.25%`;
  const rule = (value: unknown, { check, path }: Place): unknown => {
    const percent = Number.parseFloat(String(value));
    if (SHARE.test(String(value)) && (percent < min || percent > max)) check.fault(path, message);
    return value;
  };
  return text({ pattern: SHARE, message, rule, ...more });
}

/** A share in percent as a number: 0.2 of `20%`. */
export function shareOf(percent: string): number {
  return Number.parseFloat(percent) / 100;
}

/** An object whose fields all have defaults, or may be absent: without it they all have them. */
/* @__NO_SIDE_EFFECTS__ */
export function defaulted<const Fields extends Readonly<Record<string, Schema>>>(
  fields: Fields,
  rule?: (value: unknown, place: Place) => unknown,
) {
  const entries = Object.entries(fields).flatMap(([key, { fallback }]): [string, unknown][] =>
    fallback === undefined ? [] : [[key, fallback]],
  );
  const fallback: unknown = Object.fromEntries(entries);
  return object(fields, { fallback, ...(rule === undefined ? {} : { rule }) });
}
