import type { Infer } from '../json/schema/infer.ts';
import type { CANARY } from './document/canary-schema.ts';

/** The API group and version of the release API. */
export { CANARY_API_VERSION } from './document/api-version.ts';

/** One release of one Service, as the API answers it. Its fields stand in `document/canary-schema.ts`. */
export type Canary = Infer<typeof CANARY>;

/** What the people who release write. */
export type CanarySpec = Canary['spec'];

/** What Outrigger writes. */
export type CanaryStatus = Canary['status'];

/** Where one track's Pods are found: a headless Service of the canary's own namespace, and the port of its Pods. */
export type CanaryBackend = CanarySpec['backends'][number];

/** The two tracks of a release, in the order of every list: with a hash policy a raised weight moves no caller back. */
export type Track = CanaryBackend['name'];

/** Requests that meet everything in one entry go to the canary, at weight 0 too. */
export type CanaryMatch = CanarySpec['match'][number];

/** How a header or a cookie has to be for a request to go to the canary. Exactly one of the three. */
export type StringMatch = NonNullable<CanaryMatch['headers']>[string];

/** What keeps a caller on its track: the first of these that a request has. Without any the choice is random. */
export type HashKey = NonNullable<CanarySpec['sessionAffinity']>['hashOn'][number];

/** Where a release is: see the comment above `phase` in `document/status.ts`. */
export type CanaryPhase = CanaryStatus['phase'];

/** Whole numbers whose sum is `totalWeight`. */
export type CanaryWeights = CanaryStatus['weights'];

/** One set of Envoy clusters and a listener: see `document/status.ts`. */
export type CanaryTarget = CanaryStatus['targets'][number];

/** Kubernetes' condition, as `kubectl wait` and `kubectl describe` know it. */
export type CanaryCondition = CanaryStatus['conditions'][number];

/** How a release advances by itself: see `document/strategy/strategy.ts`. */
export type Strategy = NonNullable<CanarySpec['strategy']>;

/** A step of a strategy: a weight in percent, or a pause. */
export type Step = NonNullable<Strategy['steps']>[number];

/** A release that advances by itself: see `document/release-status.ts`. */
export type Release = NonNullable<CanaryStatus['release']>;

/** What is done with a canary, for its history. `step` is what a release does by itself. */
export type ReleaseVerb =
  | ('create' | 'update' | 'setWeights' | 'abort' | 'retry' | 'delete')
  | ('start' | 'promote' | 'pause' | 'resume' | 'skip' | 'undo' | 'step');
