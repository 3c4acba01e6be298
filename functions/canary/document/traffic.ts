import { choice, list, number, object, text, words } from '../../json/schema/build.ts';
import { TOKEN } from '../match-texts.ts';

/** Each is looked at for every request. */
const HASH_KEYS_MAX = 8;

const HASH_KEY = choice(
  {
    /** The value of this header. */
    header: text({ pattern: TOKEN, normal: (name: string) => name.toLowerCase() }),
    /** The value of this cookie. */
    cookie: text({ pattern: TOKEN }),
    /** The address of the calling Pod. */
    sourceIP: words([true], {}),
  },
  { message: 'must be one of {header: NAME}, {cookie: NAME} and {sourceIP: true}' },
);

/** `spec.sessionAffinity`: what keeps a caller on its track. */
export const AFFINITY = object(
  {
    /** The first of these that a request has chooses its track: `{header: NAME}`, `{cookie: NAME}` or `{sourceIP: true}`, which is the calling Pod. 1 to 8. */
    hashOn: list(HASH_KEY, {
      min: 1,
      max: HASH_KEYS_MAX,
      message: `must be a list of 1 to ${HASH_KEYS_MAX} of {header}, {cookie} and {sourceIP: true}`,
    }),
  },
  { optional: true },
);

/** `spec.mirror`: the share of requests of which the canary gets a copy. */
export const MIRROR = object(
  {
    /** A share of the requests in percent, with at most 2 decimals. */
    // Envoy counts it in parts of a million; hundredths of a percent are what weights have as well.
    percentage: number({
      min: 0,
      max: 100,
      decimals: 2,
      missing: 'must be a number from 0 to 100 with at most 2 decimals',
    }),
  },
  { optional: true },
);
