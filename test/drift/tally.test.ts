import { expect, test } from 'vitest';
import { createTally } from '../../functions/drift/tally.ts';

test('forged annotations: lines are bounded per workload and in all, the sums are right', () => {
  const tally = createTally();
  for (let i = 0; i < 3_000; i++) {
    const templates = Array.from({ length: 64 }, (_, k) => ({
      name: `t${i}-${k}`,
      drift: 'extra' as const,
      from: '1',
    }));
    tally.add({ metadata: { name: `bare-${i}` } }, 'shop', { templates });
  }
  const report = tally.report();
  expect(report).toMatchObject({ pods: 3_000, drifted: 3_000, extra: 3_000, podsLeftOut: 0 });
  expect(report.workloads).toHaveLength(3_000);
  const lines = report.workloads.map(({ templates }) => templates.length);
  expect(Math.max(...lines)).toBe(32);
  expect(lines.reduce((sum, count) => sum + count, 0)).toBe(60_000);
});
