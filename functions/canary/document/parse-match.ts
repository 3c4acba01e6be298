import { type Check, own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import type { CanaryMatch, StringMatch } from '../match.ts';
import { COOKIE_TEXT, HEADER_TEXT, TOKEN } from '../match-texts.ts';

/** Every entry is a route of its own in every proxy. */
const MATCHES_MAX = 16;
const NAMES_MAX = 16;

/** Reads `spec.match`: entries of which one has to hold whole. */
export function parseMatches(check: Check, spec: Json): readonly CanaryMatch[] {
  const list = own(spec, 'match') ?? [];
  if (!Array.isArray(list) || list.length > MATCHES_MAX) {
    check.fault('spec.match', `must be a list of at most ${MATCHES_MAX} entries`);
    return [];
  }
  return list.map((item: unknown, i) => parseMatch(check, item, `spec.match[${i}]`));
}

function parseMatch(check: Check, item: unknown, path: string): CanaryMatch {
  if (!isRecord(item)) {
    check.fault(path, 'must be an object with headers, cookies or both');
    return {};
  }
  check.onlyKeys(item, path, ['headers', 'cookies']);
  // Names of headers have no case (RFC 9110 §5.1), and Envoy keeps them in lower case; those of cookies have one.
  const headers = parseNames(check, item, `${path}.headers`, 'headers', HEADER_TEXT, (name) => name.toLowerCase());
  const cookies = parseNames(check, item, `${path}.cookies`, 'cookies', COOKIE_TEXT, (name) => name);
  if (headers === undefined && cookies === undefined) {
    check.fault(path, 'must name a header or a cookie: an empty entry would send every request to the canary');
  }
  return { ...(headers === undefined ? {} : { headers }), ...(cookies === undefined ? {} : { cookies }) };
}

function parseNames(
  check: Check,
  item: Json,
  path: string,
  key: 'headers' | 'cookies',
  accepts: RegExp,
  normal: (name: string) => string,
): Readonly<Record<string, StringMatch>> | undefined {
  const entries = Object.entries(check.object(item, key, path) ?? {});
  if (entries.length > NAMES_MAX) check.fault(path, `must have at most ${NAMES_MAX} entries`);
  const found = new Map<string, StringMatch>();
  for (const [name, value] of entries.slice(0, NAMES_MAX)) {
    const at = `${path}[${JSON.stringify(name)}]`;
    if (!TOKEN.test(name)) check.fault(at, 'is not a name: letters, digits and -, and a few signs, at most 128');
    if (found.has(normal(name))) check.fault(at, 'is there twice: names of headers have no case');
    found.set(normal(name), parseStringMatch(check, value, at, accepts));
  }
  return found.size === 0 ? undefined : Object.fromEntries(found);
}

function parseStringMatch(check: Check, value: unknown, path: string, accepts: RegExp): StringMatch {
  const shape = 'must be one of {exact: TEXT}, {prefix: TEXT} and {present: true}';
  const [[kind, text] = [], ...more] = isRecord(value) ? Object.entries(value) : [];
  if (more.length > 0) check.fault(path, shape);
  else if (kind === 'present' && text === true) return { present: true };
  else if (kind !== 'exact' && kind !== 'prefix') check.fault(path, shape);
  else if (typeof text !== 'string' || !accepts.test(text)) {
    check.fault(`${path}.${kind}`, 'must be 1 to 256 visible characters of ASCII, in cookies without ; and blanks');
  } else return kind === 'exact' ? { exact: text } : { prefix: text };
  return { present: true };
}
