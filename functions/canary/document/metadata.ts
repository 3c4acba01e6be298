import { DNS_LABEL } from '../../json/check.ts';
import { map, object, text } from '../../json/schema/build.ts';
import { isQualifiedName, LABEL_VALUE } from '../../kubernetes/metadata-names.ts';

/** Labels and annotations of one canary; Kubernetes counts bytes, and the body has its own bound besides. */
const ENTRIES = {
  max: 64,
  isKey: isQualifiedName,
  keyMessage: 'is not a valid key: an optional DNS prefix and /, then a name',
  fallback: {},
  absentAs: [null],
} as const;
const ANNOTATION_CHARACTERS_MAX = 16_384;
const WRONG_VALUE = 'must be a string (put numbers and booleans in quotes)';
const NAME = metadataText(DNS_LABEL, 'a DNS label: lower-case letters, digits and -, at most 63 characters');

/** Labels of a canary, by which lists select. */
export const LABELS = map(
  text({
    pattern: LABEL_VALUE,
    message: 'must be a label value: letters, digits, -, _ and ., at most 63 characters',
    wrongType: WRONG_VALUE,
  }),
  ENTRIES,
);

/** Annotations of a canary. */
export const ANNOTATIONS = map(text({ maxLength: ANNOTATION_CHARACTERS_MAX, wrongType: WRONG_VALUE }), ENTRIES);

/** `metadata` of a manifest. What only a read canary has (uid, resourceVersion) is kept to be compared. */
export const METADATA = object(
  {
    /** A DNS label. Where the request's path has a name, it is that one. */
    name: NAME,
    /** A DNS label. Where it is given, it is that of the request's path. */
    namespace: NAME,
    /** The uid that was read: a canary of the name that is another one now is a conflict. */
    uid: metadataText(/^[0-9a-f-]{36}$/, 'the uid that was read'),
    /** The version that the writer has seen: another one now is a conflict, as with `kubectl replace`. */
    resourceVersion: metadataText(/^[1-9]\d{0,15}$/, 'a whole number as text, as it was read'),
    /** Labels, by which lists select. At most 64. */
    labels: LABELS,
    /** Annotations, which change nothing. At most 64. */
    annotations: ANNOTATIONS,
  },
  // Fields of Kubernetes' ObjectMeta that come back with a read canary or from tools.
  { passedOver: ['generation', 'creationTimestamp', 'deletionTimestamp', 'managedFields', 'selfLink'] },
);

/** An empty text is how Go writes an absent one. */
/* @__NO_SIDE_EFFECTS__ */
function metadataText(pattern: RegExp, what: string) {
  const message = `must be ${what}`;
  return text({ pattern, message, wrongType: message, absentAs: [null, ''], optional: true });
}
