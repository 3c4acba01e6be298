import { integer, object, text, words } from '../../json/schema/build.ts';
import { wrongStoredField } from '../../json/schema/stored.ts';
import { CANARY_API_VERSION } from './api-version.ts';
import { ANNOTATIONS, LABELS } from './metadata.ts';
import { SPEC } from './spec.ts';
import { STATUS } from './status.ts';

/** What a store gives for a version has as many digits. */
const STORED_VERSION = /^\d{1,15}$/;

/** One release of one Service, as stores keep it and the API answers it. */
export const CANARY = object(
  {
    apiVersion: words([CANARY_API_VERSION], { stored: (value: unknown) => value === CANARY_API_VERSION }),
    kind: words(['Canary'], { stored: (value: unknown) => value === 'Canary' }),
    metadata: object(
      {
        name: text({}),
        namespace: text({}),
        uid: text({}),
        creationTimestamp: text({}),
        /**
         * The head of the Kubernetes cluster after the canary's last write, as a decimal: all canaries of the cluster count
         * on one line, so that nothing that knows a former canary of the name by its version can take this one for it.
         */
        resourceVersion: text({ stored: (value: unknown) => typeof value === 'string' && STORED_VERSION.test(value) }),
        /** Counts changes of `spec`. */
        generation: integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        /** Set by DELETE; the canary is gone once its targets are. */
        deletionTimestamp: text({ optional: true }),
        labels: LABELS,
        annotations: ANNOTATIONS,
      },
      {},
    ),
    spec: SPEC,
    status: STATUS,
  },
  {},
);

/** The first field of a stored value that has not the shape of a canary's, by its path; undefined for a canary. */
export function wrongField(value: unknown): string | undefined {
  return wrongStoredField(CANARY, value);
}
