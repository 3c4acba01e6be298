import { TEMPLATES } from '../../../functions/injection/annotations.ts';
import { chooseChannel } from '../../../functions/injection/channel.ts';
import { workloadOf } from '../../../functions/injection/context.ts';
import { type Condition, readCondition } from '../../../functions/injection/decide/condition.ts';
import { decideInjection } from '../../../functions/injection/decide/decision.ts';
import { decisionFacts } from '../../../functions/injection/decide/decision-facts.ts';
import type { Facts } from '../../../functions/injection/decide/facts.ts';
import { guardFacts } from '../../../functions/injection/decide/guards.ts';
import { CHOICES, GUARDS, SUITS } from '../../../functions/injection/decide/rules.ts';
import type { FleetState } from '../../../functions/template-store/cache/fleet-state.ts';
import { requestFor } from './decide-pod.ts';
import { findingsOf } from './rules-in-words.ts';
import type { PodSource } from './workload.ts';

/** What a row of the rules of injection says of a Pod; the numbers are those of docs/concepts/injection.md. */
export interface TracedRow {
  readonly row: number;
  /** What it means where the row fits. */
  readonly sentence: string;
  readonly fits: boolean;
  /** What of the Pod or the cluster record decided that: `label app is "web"`. */
  readonly because: readonly string[];
}

type Rule = { readonly sentence: string; readonly when: Condition };

/**
 * The rows that were asked of a Pod, in their order: up to the guard that fits, or else up to the row that fits, and of what
 * that chose whether it suits the Pod.
 *
 * @param namespace of Pods that name none
 * @param asked template names that stand in for the Pod's annotation
 */
export function traceRules(
  found: PodSource,
  namespace: string,
  state: FleetState,
  asked: readonly string[] | undefined,
): readonly TracedRow[] {
  const home = found.namespace ?? namespace;
  const { templates } = chooseChannel(state, home, () => workloadOf(found.pod, found.owner));
  const served = { ...state, templates };
  const trace = tracerOf(asked === undefined ? `annotation ${TEMPLATES}` : '--template');
  const guards = upToFit(trace(GUARDS, guardFacts(requestFor(found, namespace)), () => 0));
  if (guards.at(-1)?.fits === true) return guards;
  const facts = decisionFacts(found.pod, home, served, asked);
  const choices = upToFit(trace(CHOICES, facts, (i) => i + 1));
  const decision = decideInjection(found.pod, home, served, asked);
  const isSuitAsked = decision.verdict === 'inject' || SUITS.some(({ outcome }) => outcome.skip === decision.reason);
  const suits = isSuitAsked ? trace(SUITS, facts, (i) => CHOICES.length + i + 1) : [];
  return [...guards, ...choices, ...suits];
}

/** Lines for people: of the guards and of what suits only those rows that fit. */
export function describeRules(rows: readonly TracedRow[]): readonly string[] {
  return rows
    .filter(({ row, fits }) => fits || (row > 0 && row <= CHOICES.length))
    .map(({ row, fits, because }) => `row ${row} ${fits ? 'fits' : 'does not fit'}: ${because.join(', ')}`);
}

function tracerOf(naming: string) {
  const findings = findingsOf(naming);
  return (rules: readonly Rule[], facts: Facts, numberOf: (index: number) => number): readonly TracedRow[] =>
    rules.map(({ sentence, when }, i) => {
      const { holds, words } = readCondition(when, findings)(facts);
      return { row: numberOf(i), sentence, fits: holds, because: words };
    });
}

function upToFit(rows: readonly TracedRow[]): readonly TracedRow[] {
  const first = rows.findIndex(({ fits }) => fits);
  return first === -1 ? rows : rows.slice(0, first + 1);
}
