import { type Metric, type MetricText, metricText } from './metrics.ts';

/**
 * What a field of a log line may hold. A body, a path, a header, or text that a caller wrote without bounds has no kind, so
 * no event can have a field for it.
 */
interface KindValues {
  /** One of a closed set of ours: a verdict, a reason, a verb, a phase, a status, the name of an error class. */
  readonly code: string;
  /** A caller chose it, but its form or its length is checked: the name of an object, a uid, a namespace, a method. */
  readonly name: string;
  /** Several of those, e.g. `template@version`. */
  readonly names: readonly string[];
  /** The ARN of a caller, as IAM vouches for it. */
  readonly identity: string;
  /** A version or a pair of weights, as we write it. */
  readonly version: string;
  /** A sentence of ours. It may repeat a name, a number or a method, and a value of a template or a record; no secret. */
  readonly sentence: string;
  readonly flag: boolean;
  readonly count: number;
  readonly milliseconds: number;
  readonly seconds: number;
  readonly percent: number;
  /** Without a unit, and perhaps below 0. */
  readonly number: number;
}

/** The kind of a field. */
export type FieldKind = keyof KindValues;

/** The fields of an event by their names; a kind with a question mark is of a field that may be absent. */
export type EventFields = Readonly<Record<string, FieldKind | `${FieldKind}?`>>;

/** How bad an event is. */
export type Level = 'info' | 'warn' | 'error';

type ValueOf<K> = K extends FieldKind
  ? KindValues[K]
  : K extends `${infer P extends FieldKind}?`
    ? KindValues[P]
    : never;

/** The values of an event's fields. */
export type EventValues<F extends EventFields> = {
  readonly [K in keyof F as F[K] extends FieldKind ? K : never]: ValueOf<F[K]>;
} & { readonly [K in keyof F as F[K] extends FieldKind ? never : K]?: ValueOf<F[K]> | undefined };

/** The same values, and a compile error for each that the event has no field for, in spreads too. */
export type Exactly<V, F extends EventFields> = V & { readonly [K in keyof V]: K extends keyof F ? unknown : never };

/** One kind of log line. */
export interface LogEvent<F extends EventFields = EventFields, L extends Level = Level, M extends string = string> {
  /** The line's `message`: operators search for it, nothing of ours does. */
  readonly message: M;
  /** The first one stands where the caller names none. */
  readonly levels: readonly [L, ...L[]];
  readonly fields: F;
  /** What CloudWatch counts of it. */
  readonly metric?: Metric;
  /** The same as text, made once. */
  readonly text?: MetricText;
}

/** The values that an event is logged with. */
export type ValuesOf<E extends LogEvent> = EventValues<E['fields']>;

/** Fields that are always there: a metric without its dimension would be lost. */
type Certain<F extends EventFields> = { [K in keyof F]: F[K] extends FieldKind ? K : never }[keyof F] & string;

/**
 * Defines an event; called with a PURE comment, so that bundles have only those that they log. A dimension or a value of its metric that is not one of its fields is a compile error.
 *
 * @param level its level, or the levels from which the caller chooses
 */
export function event<const M extends string, const L extends Level, const F extends EventFields>(
  message: M,
  level: L | readonly [L, ...L[]],
  fields: F,
  metric?: Metric<Certain<F>>,
): LogEvent<F, L, M> {
  const levels = typeof level === 'string' ? ([level] as const) : level;
  return { message, levels, fields, ...(metric === undefined ? {} : { metric, text: metricText(metric) }) };
}
