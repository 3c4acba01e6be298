/** One thing wrong with a document: where (`spec.pod.spec.containers[0].name`) and what. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** What a parser answers: the value, or every fault found. */
export type Parsed<T> =
  | { readonly valid: true; readonly value: T }
  | { readonly valid: false; readonly faults: readonly Fault[] };

/** How many faults a sentence names before it counts the rest. */
const FAULTS_SHOWN_MAX = 8;

/** The faults as one line for people: `metadata.name: must be …; spec.pod: is missing`. */
export function describeFaults(faults: readonly Fault[]): string {
  const shown = faults.slice(0, FAULTS_SHOWN_MAX).map((f) => (f.path === '' ? f.message : `${f.path}: ${f.message}`));
  const more = faults.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** A plain JSON object, as against an array, null or a scalar. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether these fields are texts. */
export function isTexts(record: Readonly<Record<string, unknown>>, ...keys: readonly string[]): boolean {
  return keys.every((key) => typeof record[key] === 'string');
}

/** Text for a terminal: control, format (right-to-left overrides among them) and line separator characters are blanks. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
}
