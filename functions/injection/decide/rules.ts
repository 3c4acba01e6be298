import { INJECT } from '../annotations.ts';
import { GUARD_ROWS } from './guard-rules.ts';
import type { Chooser, Guard, Suit } from './rule.ts';

const choosers = [
  {
    sentence: 'the Pod opted out by outrigger.dev/inject: "false"',
    when: {
      any: [
        { label: INJECT, is: 'false' },
        { annotation: INJECT, is: 'false' },
      ],
    },
    outcome: { skip: 'OptedOut' },
  },
  {
    sentence: 'the Pod names templates',
    when: { templates: 'named' },
    outcome: { choose: 'name' },
  },
  {
    sentence: 'the Pod opted in by outrigger.dev/inject: "true"',
    when: {
      any: [
        { label: INJECT, is: 'true' },
        { annotation: INJECT, is: 'true' },
      ],
    },
    outcome: { choose: 'default' },
  },
  {
    sentence: 'a neverSelector of the cluster record matches the Pod',
    when: { selectors: 'neverSelectors' },
    outcome: { skip: 'NeverSelector' },
  },
  {
    sentence: 'the cluster record gives its default templates',
    when: { any: [{ policy: 'enabled' }, { selectors: 'alwaysSelectors' }] },
    outcome: { choose: 'default' },
  },
  {
    sentence: 'the match of a template fits the Pod',
    when: { templates: 'match' },
    outcome: { choose: 'match' },
  },
] as const satisfies readonly Chooser<string>[];

const suits = [
  {
    sentence: 'the Pod runs on Windows, and no chosen template allows that (spec.allow.windows)',
    when: {
      any: [
        { spec: ['os', 'name'], is: 'windows' },
        { spec: ['nodeSelector', 'kubernetes.io/os'], is: 'windows' },
      ],
    },
    outcome: { skip: 'WindowsPod', unless: 'windows' },
    cel: 'not-on-windows',
  },
  {
    sentence: 'the Pod uses the host network, and no chosen template allows that (spec.allow.hostNetwork)',
    when: { spec: ['hostNetwork'], is: true },
    outcome: { skip: 'HostNetwork', unless: 'hostNetwork' },
    cel: 'not-on-the-host-network',
  },
] as const satisfies readonly Suit<string>[];

/** A code of a row that skips. */
export type SkipReason = Extract<
  (typeof GUARD_ROWS)[number] | (typeof choosers)[number] | (typeof suits)[number],
  { readonly outcome: { readonly skip: string } }
>['outcome']['skip'];

/** A row of `GUARDS`. */
export type GuardRule = Guard<SkipReason>;
/** A row of `CHOICES`. */
export type ChoiceRule = Chooser<SkipReason>;
/** A row of `SUITS`. */
export type SuitRule = Suit<SkipReason>;

/**
 * The one table of who gets which templates: `decideInjection` and `guardRequest` fold it, the CEL of exported policies and
 * of the registration is compiled from it, and the table of the docs, the list of reasons and `outrigger explain` follow
 * from it. First match wins within a part; a Pod that no row of `CHOICES` fits is skipped (NoTemplate).
 *
 * The guards come first, row 0 of the docs.
 */
export const GUARDS: readonly GuardRule[] = GUARD_ROWS;
/** Rows 1 and on: which templates. */
export const CHOICES: readonly ChoiceRule[] = choosers;
/** The rows after those of `CHOICES`, each asked in turn: which of the chosen templates suit the Pod. */
export const SUITS: readonly SuitRule[] = suits;
