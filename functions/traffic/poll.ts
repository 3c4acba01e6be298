import type { Fault, Parsed } from '../json/faults.ts';
import { endOfString, endOfValue, skipSpaces } from '../json/json-skip.ts';
import { FIGURES_CHARACTERS_MAX, type PollFigures, parseFigures } from './evidence/parse/parse-figures.ts';
import { type PollHosts, parseHosts } from './evidence/parse/parse-hosts.ts';
import { readField } from './poll-field.ts';

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
/** Fields of a DiscoveryRequest, those of other versions included. */
const FIELDS_MAX = 32;

const [QUOTE, COMMA, COLON, OPEN_BRACE, CLOSE_BRACE] = [0x22, 0x2c, 0x3a, 0x7b, 0x7d];

/** The fields that are read, by both names that protobuf's JSON mapping gives them. */
const FIELDS: ReadonlyMap<string, keyof Found> = new Map([
  ['version_info', 'version_info'],
  ['versionInfo', 'version_info'],
  ['resource_names', 'resource_names'],
  ['resourceNames', 'resource_names'],
  ['type_url', 'type_url'],
  ['typeUrl', 'type_url'],
  ['figures', 'figures'],
  ['hosts', 'hosts'],
]);

const NO_NAMES: readonly string[] = [];

/** What stands in them; undefined where a field is missing. */
interface Found {
  version_info: unknown;
  resource_names: unknown;
  type_url: unknown;
  /** As text. */
  figures: string | undefined;
  hosts: string | undefined;
}

/**
 * Reads the body of a poll. Only the wanted fields are parsed; every other value is passed over by counting brackets, so
 * what stands inside the node may be anything that ends. One pass, no recursion, no expression.
 */
export function readPoll(text: string): Parsed<Poll> {
  if (text.length > POLL_CHARACTERS_MAX) return invalid(`has more than ${POLL_CHARACTERS_MAX} characters`);
  const found = nothingFound();
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
      if (field === 'figures' || field === 'hosts') found[field] = shortText(text, start, end);
      else if (found[field] !== undefined) return invalid('is there twice', field);
      else {
        const value = readField(text.slice(start, end));
        if (value === undefined) return invalid('is not JSON, or too long', field);
        found[field] = value.parsed;
      }
    }
    at = skipSpaces(text, end);
  }
  return skipSpaces(text, at + 1) === text.length ? pollOf(found) : invalid('has something behind its end');
}

function nothingFound(): Found {
  return {
    version_info: undefined,
    resource_names: undefined,
    type_url: undefined,
    figures: undefined,
    hosts: undefined,
  };
}

function pollOf(found: Found): Parsed<Poll> {
  const { resource_names: names, figures, hosts } = found;
  const [version, typeUrl] = [found.version_info ?? '', found.type_url ?? ''];
  const resourceNames = names ?? NO_NAMES;
  // Not made a text: a stranger's object may have a toString that is none.
  if (typeof version !== 'string' || typeof typeUrl !== 'string' || !isNames(resourceNames)) return faultsOf(found);
  const poll: { -readonly [K in keyof Poll]: Poll[K] } = { resourceNames };
  if (version !== '') poll.version = version;
  if (typeUrl !== '') poll.typeUrl = typeUrl;
  // Whatever the sidecar tells, the poll is answered: what cannot be read is not there, or counted as refused.
  if (figures !== undefined) poll.figures = parseFigures(figures);
  if (hosts !== undefined) poll.hosts = parseHosts(hosts);
  return { valid: true, value: poll };
}

function faultsOf({ version_info: version, resource_names: names, type_url: typeUrl }: Found): Parsed<Poll> {
  const faults: Fault[] = [];
  if (!isNames(names ?? NO_NAMES)) faults.push({ path: 'resource_names', message: 'must be a list of strings' });
  for (const [path, value] of Object.entries({ version_info: version, type_url: typeUrl })) {
    if (typeof (value ?? '') !== 'string') faults.push({ path, message: 'must be a string' });
  }
  return { valid: false, faults };
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

/** A part of a body that is parsed before the poll is answered, hence never kept; empty where it is too long. */
function shortText(text: string, start: number, end: number): string {
  return end - start > FIGURES_CHARACTERS_MAX ? '' : text.slice(start, end);
}

function invalid<T>(message: string, path = ''): Parsed<T> {
  return { valid: false, faults: [{ path, message: path === '' ? `the body ${message}` : message }] };
}
