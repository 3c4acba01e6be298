import { decide } from '../../functions/canary/verdict/decide.ts';
import { foldWindow } from '../../functions/canary/verdict/fold-window.ts';
import type { VerdictPolicy } from '../../functions/canary/verdict/policy.ts';
import type { VerdictRecord } from '../../functions/canary/verdict/record.ts';
import { PRODUCT, type Rule } from './run-release.ts';

const withPolicy =
  (change: Partial<VerdictPolicy>): Rule['decide'] =>
  (record, look) =>
    decide({ ...record, policy: { ...record.policy, ...change } }, look);

/** More than any window has. */
const ANY = 1e15;

/** An intake that weighs every window in full. */
const withoutIntake = (record: VerdictRecord): VerdictRecord => ({
  ...record,
  intake: { num: 0, den: 0, counts: [[ANY, 1]], kappa: ANY, isBursty: false },
});

/** The verdict with one rule taken out, each as people might. The acceptance table must refuse every one. */
export const BROKEN: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [
    // The weight that is set is taken for the share that the canary has.
    'no-share',
    {
      ...PRODUCT,
      fold: (record, window) => {
        const total = window.stable.responses + window.canary.responses;
        const stable = { ...window.stable, responses: total * (1 - window.weight) };
        return foldWindow(record, {
          ...window,
          stable,
          canary: { ...window.canary, responses: total * window.weight },
        });
      },
    },
  ],
  ['no-intake', { ...PRODUCT, fold: (record, window) => withoutIntake(foldWindow(withoutIntake(record), window)) }],
  ['no-trust', { ...PRODUCT, decide: (record, look) => decide(record, { ...look, proxies: undefined }) }],
  ['no-affinity', { ...PRODUCT, decide: withPolicy({ sticky: false }) }],
  ['alpha-10', { ...PRODUCT, decide: withPolicy({ confidence: 0.9 }) }],
  [
    // Never convicts.
    'deaf',
    {
      ...PRODUCT,
      decide: (record, look) => {
        const verdict = decide(record, look);
        return verdict.decision === 'convict' ? { ...verdict, decision: 'hold' } : verdict;
      },
    },
  ],
  [
    // Goes on as soon as nothing is proven.
    'hasty',
    {
      ...PRODUCT,
      decide: (record, look) => {
        const verdict = decide(record, look);
        return verdict.decision === 'hold' ? { ...verdict, decision: 'acquit' } : verdict;
      },
    },
  ],
  [
    // Convicts as soon as E is reached, whatever speaks against it.
    'no-guards',
    {
      ...PRODUCT,
      decide: (record, look) => {
        const verdict = decide(record, look);
        return verdict.logE >= -Math.log1p(-record.policy.confidence) ? { ...verdict, decision: 'convict' } : verdict;
      },
    },
  ],
]);
