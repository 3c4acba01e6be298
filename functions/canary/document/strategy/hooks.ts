import { DNS_LABEL } from '../../../json/check.ts';
import { list, map, object, text, words } from '../../../json/schema/build.ts';
import type { Infer } from '../../../json/schema/infer.ts';
import { TOKEN } from '../../match-texts.ts';

/** All of a release are asked in one look. */
const HOOKS_MAX = 8;
const METADATA_MAX = 32;

/** One entry of `hooks`: a URL that is asked before a release goes on, in Flagger's words. */
export const HOOK = object(
  {
    /** Its name, unique in the list. */
    name: text({ pattern: DNS_LABEL, message: 'must be lower-case letters, digits and -, at most 63 characters' }),
    /**
     * - `confirm-rollout`: asked before the first share.
     * - `confirm-traffic-increase`: asked before every share.
     * - `confirm-promotion`: asked before the share of 100 %.
     * - `rollback`: asked at every look while the release goes on; a success takes the canary back.
     */
    type: words(['confirm-rollout', 'confirm-traffic-increase', 'confirm-promotion', 'rollback'], {}),
    /** Where it is. Its host is in `egress.hosts` of the cluster record. */
    url: text({}),
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
