import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_MULTIPLES } from '../../functions/canary/verdict/criteria/e-process.ts';
import { CRITERIA_WEIGHTS } from '../../functions/canary/verdict/evidence.ts';
import * as policy from '../../functions/canary/verdict/policy.ts';
import { ROOT } from '../house/source-files.ts';

const percent = (share: number): string => `${Number((100 * share).toFixed(6))} %`;
const seconds = (ms: number): string => `${(ms / 1_000).toLocaleString('en-US')} s`;

test('docs/verdict.md names the defaults as they are', () => {
  const { confidence, errors, latency, advance, minimum, maximum, inconclusive } = policy.VERDICT_DEFAULTS;
  const shares = policy.DEFAULT_PLAN.map((share) => 100 * share).join(', ');
  const rows = [
    ['confidence', percent(confidence)],
    ['errors: tolerance', `${errors.tolerance} x stable (with affinity ${policy.STICKY_TOLERANCE_MIN} x at least)`],
    ['latency: quantiles', latency.quantiles.map((quantile) => `p${100 * quantile}`).join(', ')],
    ['latency: margin', percent(latency.margin)],
    ['weights of errors and latency', `${CRITERIA_WEIGHTS.errors} and ${CRITERIA_WEIGHTS.latency}`],
    ['worse by', `${ERROR_MULTIPLES.join(', ')} times the tolerance`],
    ['advance: growth', `${advance.growth}`],
    ['advance: budget', percent(advance.budget)],
    ['minimum of a step', `${seconds(minimum.ms)}, ${minimum.responses} responses of the canary`],
    ['maximum of a step', `${seconds(maximum.ms)}, then ${inconclusive}`],
    ['plan', `${shares} %`],
    [
      'first step',
      `the first that brings ${policy.FIRST_STEP_RESPONSES} responses within ${policy.FIRST_STEP_SECONDS} s; ${percent(policy.STICKY_SHARE_MIN)} at least with affinity`,
    ],
    ['baseline', seconds(policy.BASELINE_MS)],
    ['bake', seconds(policy.BAKE_MS)],
  ];
  const page = readFileSync(join(ROOT, 'docs', 'verdict.md'), 'utf8');
  const table = /<!-- defaults of the verdict -->\n([\s\S]*?)\n<!-- end -->/.exec(page)?.[1]?.split('\n');
  expect(table?.slice(2)).toEqual(rows.map(([what, value]) => `| ${what} | ${value} |`));
});
