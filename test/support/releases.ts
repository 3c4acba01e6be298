import type { Canary, CanarySpec, CanaryTarget } from '../../functions/canary/canary.ts';
import { begin } from '../../functions/canary/transitions/start-release.ts';
import { canaryOf, specOf } from './canaries.ts';
import { TIMES } from './release-times.ts';
import { releaseManifest } from './use-cases.ts';

/** What a release of a test differs in. */
export interface Release {
  readonly service?: string;
  readonly namespace?: string;
  /** The Service's port. */
  readonly port?: number;
  /** The ports of the tracks' Pods. */
  readonly tracks?: { readonly stable: number; readonly canary: number };
  /** Of 100. */
  readonly weight?: number;
  readonly version?: number;
  readonly spec?: Partial<CanarySpec>;
  readonly targets?: readonly CanaryTarget[];
  readonly awaiting?: NonNullable<Canary['status']['awaiting']>;
  readonly deleted?: boolean;
  /** Of a release that goes on, which is at the last of them. */
  readonly steps?: readonly object[];
  /** At 100/0 with no release going on. */
  readonly atRest?: boolean;
}

const LONG_AGO = '2026-01-01T00:00:00.000Z';

/** A canary `{namespace}/{service}`, served since long ago if nothing else is said. */
export function releaseOf(release: Release = {}): Canary {
  const { service = 'cart', namespace = 'shop', weight = 0, version = 1 } = release;
  const target = targetFor(release);
  const base = canaryOf({
    metadata: {
      name: service,
      namespace,
      resourceVersion: String(version),
      ...(release.deleted === true ? { deletionTimestamp: LONG_AGO } : {}),
    },
    status: {
      phase: release.atRest === true ? 'Initialized' : 'Progressing',
      atRest: release.atRest === true,
      weights: { stable: 100 - weight, canary: weight },
      targets: release.targets ?? [target],
      ...(release.awaiting === undefined ? {} : { awaiting: release.awaiting }),
    },
  });
  const spec = specOf({ service: target.service, backends: target.backends, ...release.spec });
  const canary = { ...base, spec };
  return release.steps === undefined
    ? canary
    : { ...canary, status: { ...canary.status, ...at(canary, release.steps) } };
}

/** A release that has come to the last of some steps. */
function at(canary: Canary, steps: readonly object[]): Pick<Canary['status'], 'release'> {
  const { strategy } = releaseManifest('cart', { strategy: { steps } }).spec;
  if (strategy === undefined) throw new TypeError('it has one');
  const moment = { now: Date.parse(LONG_AGO), times: TIMES };
  const { release } = begin(canary, strategy, 'Start', moment).status;
  return release === undefined
    ? {}
    : { release: { ...release, state: 'Progressing', currentStepIndex: steps.length - 1 } };
}

/** A target of such a canary. */
export function targetFor(release: Release = {}, more: Partial<CanaryTarget> = {}): CanaryTarget {
  const { service = 'cart', port = 8080, tracks = { stable: port, canary: port } } = release;
  return {
    revision: 1,
    service: { name: service, port },
    backends: [
      { name: 'stable', service: `${service}-stable`, port: tracks.stable },
      { name: 'canary', service: `${service}-canary`, port: tracks.canary },
    ],
    routesFrom: LONG_AGO,
    fallbackFrom: LONG_AGO,
    ...more,
  };
}

/** The same as versions before 2026-11-30 wrote it. */
export function olderTarget(release: Release = {}, more: Partial<CanaryTarget> = {}): CanaryTarget {
  const { fallbackFrom: _none, ...target } = targetFor(release, more);
  return target;
}

/** What a write of weights sets. */
export function awaitingFor(version: number, since = Date.now()): NonNullable<Canary['status']['awaiting']> {
  return {
    resourceVersion: String(version),
    since: new Date(since).toISOString(),
    until: new Date(since + 40_000).toISOString(),
  };
}
