import type { Fault, Parsed } from '../json/faults.ts';
import { endOfString, endOfValue, skipSpaces } from '../json/json-skip.ts';
import { FIGURES_CHARACTERS_MAX, type PollFigures, parseFigures } from './evidence/parse/parse-figures.ts';
import { type PollHosts, parseHosts } from './evidence/parse/parse-hosts.ts';
import { ROUTE_CONFIGURATION } from './xds/names.ts';
import { RESOURCE_TYPES } from './xds/xds.ts';

/**
 * What a poll asks: everything of a DiscoveryRequest but the node, which is 99 % of its bytes and nothing we believe; and
 * what the sidecar adds of its own.
 */
export interface Poll {
  /** The version that the proxy runs; absent from its first poll on until an answer was accepted. */
  readonly version?: string;
  readonly resourceNames: readonly string[];
  readonly typeUrl?: string;
  /** What the proxy counted; absent where it does not report. */
  readonly figures?: PollFigures;
  /** The hosts of the tracks that it was asked about; absent where it does not report. */
  readonly hosts?: PollHosts;
}

/** Envoy 1.40 sends 77 KB, and a few hundred bytes more with every release. */
export const POLL_CHARACTERS_MAX = 256 * 1024;
/** Everything but the node is that short in one field. */
const FIELD_CHARACTERS_MAX = 4_096;
/** Fields of a DiscoveryRequest, those of other versions included. */
const FIELDS_MAX = 32;

const [QUOTE, COMMA, COLON, OPEN_BRACE, CLOSE_BRACE] = [0x22, 0x2c, 0x3a, 0x7b, 0x7d];

/** The fields that are read, by both names that protobuf's JSON mapping gives them. */
const FIELDS = new Map([
  ['version_info', 'version_info'],
  ['versionInfo', 'version_info'],
  ['resource_names', 'resource_names'],
  ['resourceNames', 'resource_names'],
  ['type_url', 'type_url'],
  ['typeUrl', 'type_url'],
  ['figures', 'figures'],
  ['hosts', 'hosts'],
]);

/**
 * Reads the body of a poll. Only the wanted fields are parsed; every other value is passed over by counting brackets, so
 * what stands inside the node may be anything that ends. One pass, no recursion, no expression.
 */
export function readPoll(text: string): Parsed<Poll> {
  if (text.length > POLL_CHARACTERS_MAX) return invalid(`has more than ${POLL_CHARACTERS_MAX} characters`);
  const found = new Map<string, unknown>();
  let at = skipSpaces(text, 0);
  if (text.charCodeAt(at) !== OPEN_BRACE) return invalid('must be a JSON object');
  at = skipSpaces(text, at + 1);
  for (let fields = 0; text.charCodeAt(at) !== CLOSE_BRACE; fields++) {
    if (fields > 0) {
      if (text.charCodeAt(at) !== COMMA) return invalid('is not JSON');
      at = skipSpaces(text, at + 1);
    }
    const keyEnd = text.charCodeAt(at) === QUOTE ? endOfString(text, at) : -1;
    const colon = skipSpaces(text, keyEnd);
    // Before the text, where a key has no end, there is no colon.
    if (text.charCodeAt(colon) !== COLON || fields === FIELDS_MAX) return invalid('is not JSON');
    const start = skipSpaces(text, colon + 1);
    const end = endOfValue(text, start);
    if (end <= start) return invalid('is not JSON');
    const field = FIELDS.get(text.slice(at + 1, keyEnd - 1));
    if (field !== undefined) {
      const isOurs = field === 'figures' || field === 'hosts';
      if (found.has(field) && !isOurs) return invalid('is there twice', field);
      const value = isOurs ? { parsed: shortText(text, start, end) } : readField(text.slice(start, end));
      if (value === undefined) return invalid('is not JSON, or too long', field);
      found.set(field, value.parsed);
    }
    at = skipSpaces(text, end);
  }
  return skipSpaces(text, at + 1) === text.length ? pollOf(found) : invalid('has something behind its end');
}

function pollOf(found: ReadonlyMap<string, unknown>): Parsed<Poll> {
  const faults: Fault[] = [];
  const text = (field: string): string => {
    const value = found.get(field) ?? '';
    // Not made a text: a stranger's object may have a toString that is none.
    if (typeof value === 'string') return value;
    faults.push({ path: field, message: 'must be a string' });
    return '';
  };
  const names = found.get('resource_names') ?? [];
  const isNames = Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (!isNames) faults.push({ path: 'resource_names', message: 'must be a list of strings' });
  const [version, typeUrl] = [text('version_info'), text('type_url')];
  if (faults.length > 0) return { valid: false, faults };
  const resourceNames = isNames ? names : [];
  const asked = { ...(version === '' ? {} : { version }), resourceNames, ...(typeUrl === '' ? {} : { typeUrl }) };
  return { valid: true, value: found.has('figures') || found.has('hosts') ? { ...asked, ...toldIn(found) } : asked };
}

/** What the sidecar tells. Whatever it is, the poll is answered: what cannot be read is not there, or counted as refused. */
function toldIn(found: ReadonlyMap<string, unknown>): Pick<Poll, 'figures' | 'hosts'> {
  const [figures, hosts] = [found.get('figures'), found.get('hosts')].map((text) => String(text ?? ''));
  return {
    ...(found.has('figures') ? { figures: parseFigures(figures ?? '') } : {}),
    ...(found.has('hosts') ? { hosts: parseHosts(hosts ?? '') } : {}),
  };
}

/** A part of a body that is parsed before the poll is answered, hence never kept; empty where it is too long. */
function shortText(text: string, start: number, end: number): string {
  return end - start > FIGURES_CHARACTERS_MAX ? '' : text.slice(start, end);
}

/** What these fields hold in almost every poll, by its text. The values are ours: nothing of a body is kept with them. */
const USUAL: ReadonlyMap<string, { readonly parsed: unknown }> = new Map(
  [...Object.values(RESOURCE_TYPES), [ROUTE_CONFIGURATION]].map((parsed) => [JSON.stringify(parsed), { parsed }]),
);

function readField(text: string): { readonly parsed: unknown } | undefined {
  return USUAL.get(text) ?? parseField(text);
}

function parseField(text: string): { readonly parsed: unknown } | undefined {
  if (text.length > FIELD_CHARACTERS_MAX) return undefined;
  try {
    // The parser copies. A slice of the body would keep all of it in memory for as long as the version is: 77 KB a proxy.
    return { parsed: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function invalid<T>(message: string, path = ''): Parsed<T> {
  return { valid: false, faults: [{ path, message: path === '' ? `the body ${message}` : message }] };
}
