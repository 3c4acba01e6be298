import { isRecord } from '../../json/faults.ts';
import { choice, list, map, object, text, words } from '../../json/schema/build.ts';
import type { Place } from '../../json/schema/schema.ts';
import { COOKIE_TEXT, HEADER_TEXT, TOKEN } from '../match-texts.ts';

/** Every entry is a route of its own in every proxy. */
const MATCHES_MAX = 16;
const NAMES_MAX = 16;
const TEXT = 'must be 1 to 256 visible characters of ASCII, in cookies without ; and blanks';

const NAMES = {
  max: NAMES_MAX,
  lengthFault: 'before',
  isKey: (name: string) => TOKEN.test(name),
  keyMessage: 'is not a name: letters, digits and -, and a few signs, at most 128',
  emptyIsAbsent: true,
  optional: true,
} as const;

/** How a header has to be for a request to go to the canary. */
const HEADER = textMatch(HEADER_TEXT);
/** How a cookie has to be. */
const COOKIE = textMatch(COOKIE_TEXT);

/** Requests that meet everything in one entry go to the canary, at weight 0 too. */
const MATCH = object(
  {
    /** Headers by their names, which have no case. Each has to have the value (`exact`), begin with it (`prefix`), or be there (`present: true`). At most 16. */
    // RFC 9110 §5.1; Envoy keeps names in lower case.
    headers: map(HEADER, {
      ...NAMES,
      normalKey: (name: string) => name.toLowerCase(),
      twiceMessage: 'is there twice: names of headers have no case',
    }),
    /** Cookies by their names, likewise. At most 16. */
    cookies: map(COOKIE, NAMES),
  },
  { wrongType: 'must be an object with headers, cookies or both', rule: namesSomething },
);

/** `spec.match`: entries of which one has to hold whole. */
export const MATCHES = list(MATCH, {
  min: 0,
  max: MATCHES_MAX,
  message: `must be a list of at most ${MATCHES_MAX} entries`,
  fallback: [],
  absentAs: [null],
  stored: Array.isArray,
});

/* @__NO_SIDE_EFFECTS__ */
function textMatch(pattern: RegExp) {
  return choice(
    {
      /** The value. */
      exact: text({ pattern, message: TEXT }),
      /** What the value begins with. */
      prefix: text({ pattern, message: TEXT }),
      /** The request has it, with any value. */
      present: words([true], {}),
    },
    { message: 'must be one of {exact: TEXT}, {prefix: TEXT} and {present: true}' },
  );
}

function namesSomething(match: unknown, { check, path }: Place): unknown {
  if (isRecord(match) && Object.keys(match).length === 0) {
    check.fault(path, 'must name a header or a cookie: an empty entry would send every request to the canary');
  }
  return match;
}
