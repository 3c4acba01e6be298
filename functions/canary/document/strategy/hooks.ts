import { DNS_LABEL } from '../../../json/check.ts';
import { integer, list, map, object, text, words } from '../../../json/schema/build.ts';
import type { Infer } from '../../../json/schema/infer.ts';
import { TOKEN } from '../../match-texts.ts';
import { time } from './fields.ts';

/** All of a release are asked in one look. */
const HOOKS_MAX = 8;
const METADATA_MAX = 32;
const RETRIES_MAX = 5;
const FAILURES_MAX = 1_000;

/** One entry of `hooks`: a URL that is asked whether a release goes on, in Flagger's words. */
export const HOOK = object(
  {
    /** Its name, unique in the list. */
    name: text({ pattern: DNS_LABEL, message: 'must be lower-case letters, digits and -, at most 63 characters' }),
    /**
     * - `confirm-rollout`: asked before the first share.
     * - `pre-rollout`: asked before the first share, until it succeeds once; a failure counts to `failureLimit`.
     * - `rollout`: asked on its `interval` while the canary has a share; a failure counts, and holds it until it succeeds.
     * - `confirm-traffic-increase`: asked before every share.
     * - `confirm-promotion`: asked before the share of 100 %.
     * - `rollback`: asked at every look while the release goes on; a success takes the canary back.
     */
    type: words(
      ['confirm-rollout', 'pre-rollout', 'rollout', 'confirm-traffic-increase', 'confirm-promotion', 'rollback'],
      {},
    ),
    /** Where it is. Its host is in `egress.hosts` of the cluster record. */
    url: text({}),
    /** For its response, all tries together. */
    timeout: time({ min: '1s', max: '1m' }, { fallback: '10s' }),
    /** How often a delivery without a response, or with status 429 or 5xx, is tried again. */
    retries: integer({ min: 0, max: RETRIES_MAX, fallback: 0 }),
    /** How often `pre-rollout` and `rollout` are asked; the others are at every look. */
    interval: time({ min: '10s', max: '24h' }, { fallback: '1m' }),
    /** How often `pre-rollout` and `rollout` may fail; the next failure takes the canary back. */
    failureLimit: integer({ min: 0, max: FAILURES_MAX, fallback: 0 }),
    /** `metadata` of the payload. At most 32. */
    metadata: map(text({ maxLength: 1_024, message: 'must have at most 1024 characters' }), {
      max: METADATA_MAX,
      isKey: (key) => TOKEN.test(key),
      keyMessage: 'must be a name',
      optional: true,
    }),
    /** The secret whose text is sent as the header Authorization. */
    secretRef: text({
      pattern: DNS_LABEL,
      message: 'must be the name of a secret: lower-case letters, digits and -, at most 63 characters',
      optional: true,
    }),
  },
  {},
);

/** `spec.strategy.hooks`. */
export const HOOKS = list(HOOK, {
  min: 0,
  max: HOOKS_MAX,
  message: `must be a list of at most ${HOOKS_MAX} hooks`,
  optional: true,
});

/** One of them. */
export type Hook = Infer<typeof HOOK>;
