import { type Check, DNS_LABEL, own } from '../../json/check.ts';
import type { Json } from '../../json/json.ts';
import { isQualifiedName, LABEL_VALUE } from '../../kubernetes/metadata-names.ts';

/** The metadata of a manifest. What only a read canary has (uid, resourceVersion) is kept to be compared. */
export interface CanaryMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  /** The version that the writer has seen: another one now is a conflict, as with kubectl replace. */
  readonly resourceVersion?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Fields of Kubernetes' ObjectMeta that come back with a read canary or from tools; they change nothing. */
const PASSED_OVER = ['generation', 'creationTimestamp', 'deletionTimestamp', 'managedFields', 'selfLink'];
const FIELDS = ['name', 'namespace', 'uid', 'resourceVersion', 'labels', 'annotations', ...PASSED_OVER];
/** Labels and annotations of one canary; Kubernetes counts bytes, and the body has its own bound besides. */
const ENTRIES_MAX = 64;
const ANNOTATION_CHARACTERS_MAX = 16_384;
const RESOURCE_VERSION = /^[1-9]\d{0,15}$/;
const UID = /^[0-9a-f-]{36}$/;

/** Reads `metadata` of a manifest. */
export function parseMetadata(check: Check, document: Json): CanaryMetadata {
  const metadata = check.object(document, 'metadata', 'metadata', FIELDS);
  if (metadata === undefined) {
    if (own(document, 'metadata') === undefined) check.fault('metadata', 'is missing');
    return { labels: {}, annotations: {} };
  }
  const text = (key: string, accepts: RegExp, what: string): Json => {
    const value = own(metadata, key) ?? undefined;
    // An empty text is how Go writes an absent one.
    if (value === undefined || value === '') return {};
    if (typeof value === 'string' && accepts.test(value)) return { [key]: value };
    check.fault(`metadata.${key}`, `must be ${what}`);
    return {};
  };
  const label = 'a DNS label: lower-case letters, digits and -, at most 63 characters';
  return {
    ...text('name', DNS_LABEL, label),
    ...text('namespace', DNS_LABEL, label),
    ...text('uid', UID, 'the uid that was read'),
    ...text('resourceVersion', RESOURCE_VERSION, 'a whole number as text, as it was read'),
    labels: parseMap(check, metadata, 'labels', (v) =>
      LABEL_VALUE.test(v) ? undefined : 'must be a label value: letters, digits, -, _ and ., at most 63 characters',
    ),
    annotations: parseMap(check, metadata, 'annotations', (v) =>
      v.length <= ANNOTATION_CHARACTERS_MAX ? undefined : `must have at most ${ANNOTATION_CHARACTERS_MAX} characters`,
    ),
  };
}

function parseMap(
  check: Check,
  metadata: Json,
  key: string,
  faultOf: (value: string) => string | undefined,
): Readonly<Record<string, string>> {
  const path = `metadata.${key}`;
  if (own(metadata, key) === null) return {};
  const entries = Object.entries(check.object(metadata, key, path) ?? {});
  if (entries.length > ENTRIES_MAX) {
    check.fault(path, `must have at most ${ENTRIES_MAX} entries`);
    return {};
  }
  const good = new Map<string, string>();
  for (const [name, value] of entries) {
    const at = `${path}[${JSON.stringify(name)}]`;
    if (!isQualifiedName(name)) check.fault(at, 'is not a valid key: an optional DNS prefix and /, then a name');
    const fault = typeof value === 'string' ? faultOf(value) : 'must be a string (put numbers and booleans in quotes)';
    if (fault !== undefined) check.fault(at, fault);
    if (typeof value === 'string') good.set(name, value);
  }
  return Object.fromEntries(good);
}
