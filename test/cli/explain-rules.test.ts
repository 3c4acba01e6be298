import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideInjection } from '../../functions/injection/decide/decision.ts';
import { guardRequest } from '../../functions/injection/decide/guards.ts';
import { REASONS } from '../../functions/injection/decide/reasons.ts';
import { CHOICES } from '../../functions/injection/decide/rules.ts';
import type { FleetState } from '../../functions/template-store/cache/fleet-state.ts';
import { requestFor } from '../../infra/cli/pod/decide-pod.ts';
import { describeRules, traceRules } from '../../infra/cli/pod/explain-rules.ts';
import type { PodSource } from '../../infra/cli/pod/workload.ts';
import { anyFleet, anyRequest } from '../support/any-request.ts';
import { podOf } from '../support/pods.ts';
import { stateOf, templateOf } from '../support/templates.ts';
import { recordOf } from '../support/values.ts';

function sourceOf(pod: unknown, namespace = 'shop'): PodSource {
  return { path: [], title: 'Pod/x', namespace, pod: { ...recordOf(pod) } };
}

const TEMPLATES = [templateOf('a'), templateOf('b', { match: { namespaces: ['shop'] } })];
const INJECT = 'outrigger.dev/inject';
const NAMES = 'outrigger.dev/templates';

/** The lines without the numbers of their rows, which move where a rule is added. */
function linesOf(pod: unknown, record: Record<string, unknown> = {}, asked?: readonly string[]): readonly string[] {
  const rows = traceRules(sourceOf(pod), 'default', stateOf(TEMPLATES, record), asked);
  return describeRules(rows).map((line) => line.replace(/^row \d+ /, ''));
}

describe('why a row fits or does not', () => {
  const off = { policy: 'disabled' };
  test.each<[string, unknown, Record<string, unknown>, string]>([
    ['absent values', podOf(), {}, `does not fit: label ${INJECT} is absent, annotation ${INJECT} is absent`],
    [
      'an odd value',
      podOf({}, { labels: { [INJECT]: 'no' } }),
      {},
      `does not fit: label ${INJECT} is "no", annotation ${INJECT} is absent`,
    ],
    [
      'only what decides',
      podOf({}, { labels: { [INJECT]: 'no' }, annotations: { [INJECT]: 'false' } }),
      {},
      `fits: annotation ${INJECT} is "false"`,
    ],
    ['names', podOf({}, { annotations: { [NAMES]: 'a, b' } }), {}, `fits: annotation ${NAMES} names a, b`],
    [
      'no name',
      podOf({}, { annotations: { [NAMES]: ' ,' } }),
      {},
      `does not fit: annotation ${NAMES} names no template`,
    ],
    [
      'a selector',
      podOf({}, { labels: { app: 'x' } }),
      { neverSelectors: [{ matchLabels: { app: 'y' } }, {}] },
      'fits: neverSelectors[1] of the cluster record matches',
    ],
    [
      'no selector that matches',
      podOf(),
      { neverSelectors: [{ matchLabels: { app: 'y' } }] },
      'does not fit: none of the neverSelectors of the cluster record matches',
    ],
    ['no selector', podOf(), {}, 'does not fit: the cluster record has no neverSelectors'],
    [
      'the policy',
      podOf(),
      off,
      'does not fit: policy of the cluster record is "disabled", the cluster record has no alwaysSelectors',
    ],
    ['a match', podOf(), off, 'fits: the match of b fits'],
    ['Windows', podOf({ os: { name: 'windows' } }), {}, 'fits: spec.os.name is "windows"'],
    ['the host network', podOf({ hostNetwork: true }), {}, 'fits: spec.hostNetwork is true'],
    [
      'a mirror Pod',
      podOf({}, { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
      {},
      'fits: annotation kubernetes.io/config.mirror is there',
    ],
  ])('%s', (_, pod, record, line) => {
    expect(linesOf(pod, record)).toContain(line);
  });

  test('--template stands for the annotation', () => {
    expect(linesOf(podOf(), {}, ['a']).at(-1)).toBe('fits: --template names a');
  });

  test('no match fits', () => {
    const lines = describeRules(traceRules(sourceOf(podOf(), 'other'), '', stateOf(TEMPLATES, off), undefined));
    expect(lines.at(-1)).toBe(`row ${CHOICES.length} does not fit: no template has a match that fits`);
    expect(lines).toHaveLength(CHOICES.length);
  });

  test('a long value is cut', () => {
    const [line] = linesOf(podOf({}, { annotations: { [INJECT]: 'x'.repeat(1_000) } }));
    expect(line?.length).toBeLessThan(200);
  });

  test('what suits is not asked where nothing is chosen', () => {
    const unknown = podOf({ hostNetwork: true }, { annotations: { [NAMES]: 'none' } });
    expect(linesOf(unknown).at(-1)).toBe(`fits: annotation ${NAMES} names none`);
  });

  test('a guard ends the trace', () => {
    const rows = traceRules(sourceOf(podOf(), 'kube-system'), '', stateOf(TEMPLATES), undefined);
    expect(rows.map(({ row, fits }) => [row, fits])).toEqual([...Array(4).fill([0, false]), [0, true]]);
    expect(describeRules(rows)).toEqual(['row 0 fits: the namespace is "kube-system"']);
  });
});

/** The sentence of the row that decided, as the webhook has it; undefined where it chose templates or none fitted. */
function sentenceOf(source: PodSource, state: FleetState): string | undefined {
  const guard = guardRequest(requestFor(source, ''));
  if (guard !== undefined) return REASONS[guard];
  const decision = decideInjection(source.pod, source.namespace ?? '', state);
  return decision.verdict === 'skip' && decision.reason !== 'NoTemplate' ? REASONS[decision.reason] : undefined;
}

test('the rows that fit are those that decided, of any Pod', () => {
  let skipped = 0;
  fc.assert(
    fc.property(anyRequest, anyFleet, ({ object, request }, state) => {
      const source = sourceOf(object, request.namespace);
      const rows = traceRules(source, '', state, undefined);
      const choosing = rows.filter(({ row }) => row <= CHOICES.length);
      expect(choosing.slice(0, -1).every(({ fits }) => !fits)).toBe(true);
      const numbers = choosing.map(({ row }) => row).filter((row) => row > 0);
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
      const sentence = sentenceOf(source, state);
      if (sentence === undefined) return;
      skipped++;
      expect(rows.filter(({ fits }) => fits).map((row) => row.sentence)).toContain(sentence);
    }),
    { numRuns: 1_000 },
  );
  expect(skipped).toBeGreaterThan(200);
});
