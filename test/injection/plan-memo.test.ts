import { expect, test } from 'vitest';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import { createPlanMemo } from '../../functions/injection/plan/plan-memo.ts';
import { templateOf } from '../support/templates.ts';

test('the same templates in the same versions give the same plan', () => {
  const plan = createPlanMemo();
  expect(plan([templateOf('a'), templateOf('b')])).toBe(plan([templateOf('a'), templateOf('b')]));
});

test.each([
  ['another version', [templateOf('a', {}, '2')]],
  ['another content under the same version', [templateOf('a', { order: 5 }, '1')]],
  ['one more template', [templateOf('a'), templateOf('b')]],
  ['none', []],
])('%s gives a plan of its own', (_what, templates) => {
  const plan = createPlanMemo();
  const first = plan([templateOf('a')]);
  expect(plan(templates)).not.toBe(first);
  expect(plan(templates)).toEqual(planInjection(templates));
});

test('a template that may still change is looked at every time', () => {
  const plan = createPlanMemo();
  const template = { ...templateOf('a') };
  const first = plan([template]);
  template.version = '2';
  expect(plan([template])).not.toBe(first);
});

test('a conflict is remembered as well', () => {
  const plan = createPlanMemo();
  const templates = [
    templateOf('a', { pod: { metadata: { labels: { x: '1' } } } }),
    templateOf('b', { pod: { metadata: { labels: { x: '2' } } } }),
  ];
  expect(plan(templates)).toEqual({ conflict: 'b and an earlier template differ in metadata.labels.x' });
  expect(plan(templates)).toBe(plan(templates));
});

test('it forgets the oldest of many, and still answers rightly', () => {
  const plan = createPlanMemo();
  const first = plan([templateOf('first')]);
  for (let i = 0; i < 300; i++) plan([templateOf(`t${i}`)]);
  const again = plan([templateOf('first')]);
  expect(again).not.toBe(first);
  expect(again).toEqual(first);
});
