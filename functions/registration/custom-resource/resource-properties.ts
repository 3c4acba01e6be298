import { own } from '../../json/check.ts';
import type { Fault } from '../../json/faults.ts';

type Properties = Readonly<Record<string, unknown>>;

/** As OUTRIGGER_FLEET (functions/config.ts): a segment of parameter names. */
const FLEET = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/;

/** Reads properties as CloudFormation hands them over, everything as text; what is wrong is added to the faults. */
export interface PropertyReader {
  /** The text, which must be one of that form. */
  text(name: string, pattern: RegExp, must: string): string;
  oneOf<T extends string>(name: string, values: readonly T[], fallback: T): T;
  whole(name: string, range: { readonly min: number; readonly max: number }, fallback: number): number;
  /** Undefined where there is no such property. */
  texts(name: string, pattern: RegExp, must: string): readonly string[] | undefined;
  fleet(): string;
}

/** As many namespaces or templates as anybody names one by one. */
const LIST_MAX = 100;

/** A reader of these properties. */
export function propertyReader(properties: Properties, faults: Fault[]): PropertyReader {
  const say = (path: string, message: string): void => void faults.push({ path, message });
  const reader: PropertyReader = {
    text(name, pattern, must) {
      const value = own(properties, name);
      if (typeof value === 'string' && pattern.test(value)) return value;
      say(name, `must be ${must}`);
      return '';
    },
    oneOf(name, values, fallback) {
      const value = own(properties, name) ?? fallback;
      const found = values.find((known) => known === value);
      if (found === undefined) say(name, `must be ${values.join(' or ')}`);
      return found ?? fallback;
    },
    whole(name, { min, max }, fallback) {
      const value = own(properties, name) ?? fallback;
      const number = /^\d{1,9}$/.test(String(value)) ? Number(value) : Number.NaN;
      if (number >= min && number <= max) return number;
      say(name, `must be a whole number from ${min} to ${max}`);
      return fallback;
    },
    texts(name, pattern, must) {
      const value = own(properties, name);
      if (value === undefined) return undefined;
      const list: readonly unknown[] = Array.isArray(value) ? value : [undefined];
      const good = list.filter((item): item is string => typeof item === 'string' && pattern.test(item));
      if (good.length < list.length || list.length > LIST_MAX)
        say(name, `must be a list of at most ${LIST_MAX} ${must}`);
      return good;
    },
    fleet: () => reader.text('Fleet', FLEET, 'letters, digits, - and _, at most 63 characters'),
  };
  return reader;
}
