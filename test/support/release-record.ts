import type { ReleaseRecord } from '../../functions/canary/steps/release-record.ts';
import { VERDICT_DEFAULTS } from '../../functions/canary/verdict/policy.ts';
import { openVerdict } from '../../functions/canary/verdict/record.ts';

/** What a release was judged by, with something in every field. */
export const RELEASE_RECORD: ReleaseRecord = {
  release: '7',
  revision: 1,
  verdict: openVerdict(VERDICT_DEFAULTS, [0.1, 1]),
  windowsUntil: 30_000,
  slotsUntil: 30_000,
  open: [0, 0, -2, 1],
  proxies: [{ key: 'a1b2c3d4e5f6', pod: 'web-0', open: [0, 0, 0, 0], steps: [[0, 1, 2, 30, 40]] }],
  lookedAt: 60_000,
  weight: { of: '9', ms: 20_000 },
  pause: { of: '2026-11-22T12:00:00.000Z', ms: 25_000 },
  wait: { of: '', ms: 0 },
  convicted: { why: 'errors', sentence: 'canary 10 of 73 bad' },
  metrics: {
    release: '7',
    startedAt: 50_000,
    metrics: [
      {
        ...{ name: 'success-rate', phase: 'Running', successful: 1, failed: 0, inconclusive: 0, error: 0 },
        ...{ consecutiveError: 0, successfulAt: 55_000 },
        measurements: [{ at: 55_000, phase: 'Successful', hasData: true, value: '[1]' }],
      },
    ],
  },
  run: {
    release: '7/2/1763812800000',
    startedAt: 52_000,
    metrics: [
      {
        ...{ name: 'checkout-works', phase: 'Inconclusive', successful: 0, failed: 0, inconclusive: 1, error: 0 },
        ...{ consecutiveError: 0 },
        measurements: [{ at: 52_000, phase: 'Inconclusive', hasData: false, message: 'no data' }],
      },
    ],
  },
};
