import { DNS_LABEL } from '../../../json/check.ts';
import { isRecord } from '../../../json/faults.ts';
import { choice, list, map, number, object, text } from '../../../json/schema/build.ts';
import type { Infer } from '../../../json/schema/infer.ts';
import type { Place } from '../../../json/schema/schema.ts';
import { HEADER_TEXT, TOKEN } from '../../match-texts.ts';

/** Each entry of a `match` is a route of its own in every proxy: of all steps of a strategy together. */
export const MANAGED_MATCHES_MAX = 16;

const NAME = {
  pattern: DNS_LABEL,
  message: 'must be the name of a route: lower-case letters, digits and -, at most 63 characters',
} as const;
const TEXT = 'must be 1 to 256 visible characters of ASCII';
const HEADER_NAME = { pattern: TOKEN, normal: (name: string) => name.toLowerCase() };

const VALUE = choice(
  {
    /** The value. */
    exact: text({ pattern: HEADER_TEXT, message: TEXT }),
    /** What the value begins with. */
    prefix: text({ pattern: HEADER_TEXT, message: TEXT }),
  },
  { message: 'must be one of {exact: TEXT} and {prefix: TEXT}' },
);
const OPTIONAL_VALUE = { ...VALUE, optional: true } as const;

const ENTRIES = { max: MANAGED_MATCHES_MAX, message: `must be a list of 1 to ${MANAGED_MATCHES_MAX} entries` };

/** `setHeaderRoute`: requests with a header go to the canary's Pods, whatever the weight. */
export const SET_HEADER_ROUTE = object(
  {
    /** What the route is called; a later step with the name replaces it, or removes it. */
    name: text(NAME),
    /** Requests that meet one of these. Without it the step removes the route. */
    match: list(
      object(
        {
          /** The header's name, which has no case. */
          headerName: text(HEADER_NAME),
          /** How its value has to be. */
          headerValue: VALUE,
        },
        {},
      ),
      { ...ENTRIES, min: 1, optional: true },
    ),
  },
  {},
);

/** `setMirrorRoute`: the canary gets copies of requests; what it responds to them is thrown away. */
export const SET_MIRROR_ROUTE = object(
  {
    /** What the route is called; a later step with the name replaces it, or removes it. */
    name: text({ ...NAME, fallback: 'mirror' }),
    /** Requests that meet one of these, each of which has to hold whole. Without it all. */
    match: list(
      object(
        {
          /** The method of the request. */
          method: OPTIONAL_VALUE,
          /** Its path, with what stands behind `?`. */
          path: OPTIONAL_VALUE,
          /** Headers by their names, which have no case. At most 16. */
          headers: map(VALUE, {
            max: MANAGED_MATCHES_MAX,
            lengthFault: 'before',
            isKey: (name: string) => TOKEN.test(name),
            keyMessage: 'is not a name: letters, digits and -, and a few signs, at most 128',
            normalKey: (name: string) => name.toLowerCase(),
            twiceMessage: 'is there twice: names of headers have no case',
            emptyIsAbsent: true,
            optional: true,
          }),
        },
        { rule: namesSomething },
      ),
      { ...ENTRIES, min: 1, optional: true },
    ),
    /** The share of them that is copied, in percent, with at most 2 decimals. Default with `match`: 100. Without both the step removes the route. */
    percentage: number({ min: 0, max: 100, decimals: 2, optional: true }),
  },
  {},
);

type HeaderRoute = Infer<typeof SET_HEADER_ROUTE>;
type MirrorRoute = Infer<typeof SET_MIRROR_ROUTE>;

/** Requests by one of their headers. */
export type HeaderRouteMatch = NonNullable<HeaderRoute['match']>[number];
/** Requests by everything in it. */
export type MirrorRouteMatch = NonNullable<MirrorRoute['match']>[number];

/** What steps have put into the routes. */
export interface ManagedRoutes {
  /** Requests that meet one of them go to the canary's Pods. */
  readonly headers: readonly HeaderRouteMatch[];
  /** Of requests that meet one of `match`, or of all, the canary gets a copy of a share, in percent. */
  readonly mirrors: readonly { readonly match?: readonly MirrorRouteMatch[]; readonly percentage: number }[];
}

function namesSomething(match: unknown, { check, path }: Place): unknown {
  if (isRecord(match) && Object.keys(match).length === 0) {
    check.fault(path, 'must name a method, a path or a header; without match all requests are copied');
  }
  return match;
}
