import { expect, test } from 'vitest';
import { comparisonOf, summaryOf } from '../../functions/admission/summary.ts';
import { add } from '../../functions/kubernetes/json-patch.ts';
import { templateOf } from '../support/templates.ts';

const OUTCOME = {
  verdict: 'inject' as const,
  reason: 'Injected' as const,
  sentence: 'the templates were applied',
  templates: [templateOf('proxy', {}, '7')],
  operations: [add('/a', 1), add('/b', 2)],
  warnings: ['one'],
  failureMode: 'Defer' as const,
};
const SUMMARY = { verdict: 'inject', reason: 'Injected', templates: ['proxy@7'], operations: 2, warnings: 1 };

test('a decision in a line: with its channel, and why it is that one where there is another', () => {
  const handled = { outcome: OUTCOME, response: undefined };
  expect(summaryOf(handled)).toStrictEqual(SUMMARY);
  const stable = { channel: 'stable' as const, reason: 'OnlyChannel' as const };
  expect(summaryOf({ ...handled, choice: stable })).toStrictEqual({ ...SUMMARY, channel: 'stable' });
  const next = { channel: 'next' as const, reason: 'InShare' as const, place: 12 };
  const placed = { channel: 'next', channelReason: 'InShare' };
  expect(summaryOf({ ...handled, choice: next })).toStrictEqual({ ...SUMMARY, ...placed });
});

test('a comparison in a line: what was served, and what is known of the other', () => {
  const handled = { outcome: OUTCOME, response: undefined };
  const served = { channel: 'next', reason: 'Injected', templates: ['proxy@7'], operations: 2 };
  expect(comparisonOf(handled, { channel: 'next', result: 'skipped' })).toStrictEqual({ ...served, result: 'skipped' });
  const shadow = { channel: 'next', result: 'differs', reason: 'OptedOut', templates: [], operations: 0 } as const;
  const more = { nextReason: 'OptedOut', nextTemplates: [], nextOperations: 0 };
  expect(comparisonOf(handled, shadow)).toStrictEqual({ ...served, result: 'differs', ...more });
});
