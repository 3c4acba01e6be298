import { expect, test } from 'vitest';
import type { Release } from '../../functions/canary/canary.ts';
import { auditedRelease } from '../../functions/canary/steps/audited-release.ts';
import { canaryOf } from '../support/canaries.ts';
import { releaseAt } from '../support/release-status.ts';

const NAMES = {
  stable: { kind: 'Deployment', name: 'cart' },
  canary: { kind: 'Deployment', name: 'cart-canary' },
} as const;

test.each<[string, NonNullable<Release['workloads']>, true | undefined]>([
  ['a person is to promote it', NAMES, true],
  ['it is promoted once stable runs the version', { ...NAMES, promotion: 'Observe' }, undefined],
])('a release whose steps are done, where %s: whether it waits for a person', (_, workloads, waits) => {
  const release = releaseAt({ state: 'WaitingPromotion', currentStepIndex: 2, workloads });
  const canary = canaryOf();
  const status = { ...canary.status, phase: 'WaitingPromotion', release } as const;
  const audited = auditedRelease(canary, { status }).release;
  expect(audited).toMatchObject({ state: 'WaitingPromotion' });
  expect(audited?.waitsForPerson).toBe(waits);
});
