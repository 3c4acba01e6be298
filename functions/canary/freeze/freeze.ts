import { DNS_LABEL } from '../../json/check.ts';
import type { Parsed } from '../../json/faults.ts';
import { object, text, words } from '../../json/schema/build.ts';
import type { Infer } from '../../json/schema/infer.ts';
import { parse } from '../../json/schema/read.ts';
import { wrongStoredField } from '../../json/schema/stored.ts';
import { CANARY_API_VERSION } from '../document/api-version.ts';
import { FREEZE_SPEC } from './fields.ts';

/** What a freeze holds for: all Kubernetes clusters of the fleet, one of them, or one namespace of one. */
export type FreezePlace =
  | { readonly scope: 'Fleet' }
  | { readonly scope: 'Cluster'; readonly cluster: string }
  | { readonly scope: 'Namespace'; readonly cluster: string; readonly namespace: string };

const NAME = { pattern: DNS_LABEL, absentAs: [null, ''], optional: true } as const;
const WRONG_NAME = 'must be a DNS label: lower-case letters, digits and -, at most 63 characters';

/** The document that a caller sends: a manifest, or a freeze that was read and changed. */
export const FREEZE_MANIFEST = object(
  {
    /** The API group and version. */
    apiVersion: words([CANARY_API_VERSION], { message: `must be ${CANARY_API_VERSION}` }),
    /** The kind of the document. */
    kind: words(['Freeze'], { message: 'must be Freeze' }),
    /** The name, and the namespace where the freeze is one of a namespace. */
    metadata: object(
      {
        /** A DNS label, unique in its place. */
        name: text({ ...NAME, message: WRONG_NAME }),
        /** Absent for a freeze of a Kubernetes cluster or of the fleet. */
        namespace: text({ ...NAME, message: WRONG_NAME }),
        /** The version that the writer has seen: another one now is a conflict. */
        resourceVersion: text({
          pattern: /^[1-9]\d{0,15}$/,
          message: 'must be a whole number as text, as it was read',
          absentAs: [null, ''],
          optional: true,
        }),
      },
      { passedOver: ['creationTimestamp'] },
    ),
    /** Why, and when. */
    spec: FREEZE_SPEC,
  },
  { passedOver: ['status'], wrongType: 'a Freeze must be an object' },
);

/** A freeze as stores keep it. */
export const FREEZE = object(
  {
    apiVersion: words([CANARY_API_VERSION], {}),
    kind: words(['Freeze'], {}),
    metadata: object(
      {
        name: text({}),
        namespace: text({ optional: true }),
        /** Rises with every write of the freeze, also over a deletion. */
        resourceVersion: text({}),
        creationTimestamp: text({}),
      },
      {},
    ),
    spec: FREEZE_SPEC,
    status: object(
      {
        /** What it holds for. */
        scope: words(['Fleet', 'Cluster', 'Namespace'], {}),
        /** The Kubernetes cluster; absent for one of the fleet. */
        cluster: text({ optional: true }),
        /** Who wrote it last: an IAM principal's ARN, or `local`. */
        frozenBy: text({}),
      },
      {},
    ),
  },
  {},
);

/** A freeze: while it is in force, no canary of its place gets a larger share. */
export type Freeze = Infer<typeof FREEZE>;

/** The freeze that a caller asks for. */
export type FreezeManifest = Pick<Infer<typeof FREEZE_MANIFEST>, 'metadata' | 'spec'>;

/** Parses the document of a freeze and reports every fault with its path. The caller bounds size and nesting before. */
export function parseFreeze(document: unknown): Parsed<FreezeManifest> {
  const parsed = parse(FREEZE_MANIFEST, document);
  if (!parsed.valid) return parsed;
  const { metadata, spec } = parsed.value;
  return { valid: true, value: { metadata, spec } };
}

/**
 * The first field of a stored value that has not the shape of a freeze's, or that this version cannot read: a window that is
 * passed over would let a share through. Undefined for a freeze.
 */
export function wrongFreezeField(value: unknown): string | undefined {
  const wrong = wrongStoredField(FREEZE, value);
  if (wrong !== undefined) return wrong;
  const parsed = parseFreeze(value);
  return parsed.valid ? undefined : parsed.faults[0]?.path;
}
