import type { Fault } from '../../../functions/json/faults.ts';

type Values = Readonly<Record<string, unknown>>;

/** Reads parameters by name; a faulty one gives a harmless value, so that one pass finds every fault. */
export class SettingsReader {
  readonly #values: Values;
  readonly #faults: Fault[];

  constructor(values: Values, faults: Fault[]) {
    this.#values = values;
    this.#faults = faults;
  }

  fault(name: string, message: string): void {
    this.#faults.push({ path: `params.${name}`, message });
  }

  oneOf<T extends string>(name: string, allowed: readonly [T, ...T[]]): T {
    const text = this.#text(name);
    const found = allowed.find((value) => value === text);
    if (found === undefined) this.fault(name, `is ${JSON.stringify(text)}; it must be one of ${allowed.join(', ')}`);
    return found ?? allowed[0];
  }

  text(name: string, pattern: RegExp, what: string): string {
    const text = this.#text(name);
    if (!pattern.test(text)) this.fault(name, `is ${JSON.stringify(text)}; it must be ${what}`);
    return text;
  }

  list(name: string, pattern: RegExp, max: number, what: string): readonly string[] {
    const text = this.#text(name);
    const items = text === '' ? [] : text.split(',');
    const odd = items.filter((item) => !pattern.test(item));
    if (odd.length > 0) {
      const shown = odd.map((item) => JSON.stringify(item)).join(', ');
      this.fault(name, `holds ${shown}; it must be ${what}, with commas and no blanks between them`);
    }
    if (items.length > max) this.fault(name, `holds ${items.length}; it may hold ${max} at most`);
    const twice = items.find((item, at) => items.indexOf(item) !== at);
    if (twice !== undefined) this.fault(name, `names ${JSON.stringify(twice)} twice; name it once`);
    return items;
  }

  whole(name: string, min: number, max: number): number {
    const text = this.#text(name);
    const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    this.fault(name, `is ${JSON.stringify(text)}; it must be a whole number from ${min} to ${max}`);
    return min;
  }

  flag(name: string): boolean {
    return this.oneOf(name, ['false', 'true']) === 'true';
  }

  #text(name: string): string {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    return value === undefined || value === null ? '' : String(value);
  }
}
