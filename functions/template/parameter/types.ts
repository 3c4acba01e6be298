import { isIP } from 'node:net';
import { DNS_LABEL } from '../../json/check.ts';
import { compareQuantities, isQuantity } from '../../kubernetes/quantity.ts';
import { durationMs } from './duration.ts';

export { durationMs } from './duration.ts';

/** What a parameter is worth: a typed scalar, never a list or a map, so that it can never add structure. */
export type ParameterValue = string | number | boolean;

/** The types of parameters, by their name in `spec.parameters[].type`. A closed list. */
export type ParameterTypeName =
  | 'integer'
  | 'port'
  | 'quantity'
  | 'duration'
  | 'boolean'
  | 'enum'
  | 'dnsLabel'
  | 'imageTag'
  | 'portList'
  | 'cidrList'
  | 'string';

/** How the text of an annotation becomes a value of one type. */
export interface ParameterType {
  /** For people, with an article: `a port number from 1 to 65535`. */
  readonly noun: string;
  /** The value, or undefined where the text is none. The whole text counts: nothing is trimmed. */
  readonly read: (text: string) => ParameterValue | undefined;
  /** A harmless value, to try a template with where a required parameter is not known yet. */
  readonly sample: ParameterValue;
  /** Whether `minimum` and `maximum` can be said (`may`), must be said (`must`), or make no sense. */
  readonly bounds?: 'may' | 'must';
  /** With `bounds`: negative, zero or positive, as for sorting. */
  readonly compare?: (a: ParameterValue, b: ParameterValue) => number;
}

/** No other text is looked at, whatever its type: 1 MB of annotation costs nothing. */
export const VALUE_CHARACTERS_MAX = 4_096;
/** Ports or networks in one list. */
const LIST_MAX = 64;

const INTEGER = /^(0|-?[1-9]\d{0,15})$/;
/** Go's durations as far as Envoy and Kubernetes take them, largest unit first or not. */
const DURATION = /^(\d{1,7}(\.\d{1,3})?(ms|s|m|h)){1,4}$/;
/** A year: longer is a mistake, and some proxies overflow. */
const DURATION_MS_MAX = 365 * 24 * 3_600_000;
/** The grammar of the OCI distribution specification. */
const IMAGE_TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const QUANTITY_MAX = '9223372036854775807';
/** No control, format (zero width, right-to-left), private or unassigned character, no half of one, no line break. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;
/** What opens an expression for JSON-e, a shell, Kubernetes' `$(VAR)` or another template language. */
const OPENERS = ['${', '$(', '{{', '`'];

/** All types. `enum` and `string` have their values and their length checked besides (see parameter.ts). */
export const PARAMETER_TYPES: Readonly<Record<ParameterTypeName, ParameterType>> = {
  integer: {
    noun: 'an integer',
    sample: 0,
    bounds: 'must',
    compare: (a, b) => Number(a) - Number(b),
    read: (text) => (INTEGER.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined),
  },
  port: { noun: 'a port number from 1 to 65535', sample: 8080, read: readPort },
  quantity: {
    noun: 'a quantity such as 100m, 0.5 or 64Mi',
    sample: '1',
    bounds: 'may',
    compare: (a, b) => compareQuantities(String(a), String(b)),
    read: readQuantity,
  },
  duration: {
    noun: 'a duration such as 250ms, 5s or 1h30m, at most 8760h',
    sample: '1s',
    bounds: 'may',
    compare: (a, b) => durationMs(String(a)) - durationMs(String(b)),
    read: (text) => (DURATION.test(text) && durationMs(text) <= DURATION_MS_MAX ? text : undefined),
  },
  boolean: {
    noun: 'true or false',
    sample: false,
    read: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  },
  enum: { noun: 'one of a list', sample: '', read: (text) => text },
  dnsLabel: { noun: 'a DNS label', sample: 'sample', read: (text) => (DNS_LABEL.test(text) ? text : undefined) },
  imageTag: { noun: 'an image tag', sample: 'sample', read: (text) => (IMAGE_TAG.test(text) ? text : undefined) },
  portList: {
    noun: `at most ${LIST_MAX} port numbers with commas between them`,
    sample: '',
    read: (text) => readList(text, (part) => readPort(part) !== undefined),
  },
  cidrList: {
    noun: `at most ${LIST_MAX} networks such as 10.0.0.0/8 with commas between them`,
    sample: '',
    read: (text) => readList(text, isCidr),
  },
  string: {
    noun: `printable text without ${OPENERS.join(', ')}`,
    sample: '',
    read: (text) => (PRINTABLE.test(text) && !OPENERS.some((opener) => text.includes(opener)) ? text : undefined),
  },
};

function readPort(text: string): number | undefined {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function readQuantity(text: string): string | undefined {
  if (!isQuantity(text) || !/^[\d.]/.test(text)) return undefined;
  return compareQuantities(text, QUANTITY_MAX) <= 0 ? text : undefined;
}

/** A list stays one text, as sidecars take it (`80,443`); the empty text is the empty list. */
function readList(text: string, accepts: (part: string) => boolean): string | undefined {
  if (text === '') return text;
  const parts = text.split(',', LIST_MAX + 1);
  return parts.length <= LIST_MAX && parts.every(accepts) ? text : undefined;
}

function isCidr(text: string): boolean {
  const [address = '', prefix = '', ...more] = text.split('/');
  // A zone (`fe80::1%eth0`) is an address for Node but none of a network.
  const family = address.includes('%') ? 0 : isIP(address);
  const longest = family === 4 ? 32 : family === 6 ? 128 : -1;
  return more.length === 0 && /^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= longest;
}
