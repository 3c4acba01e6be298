import type { TemplateAllow } from '../../template/template.ts';
import type { Condition, PodTest, RecordTest, RequestTest } from './condition.ts';

/** How templates are chosen: by name; as the default ones with those that match; or those that match alone. */
export type Choice = 'name' | 'default' | 'match';

/** The Pod is left alone, for this reason: a code; its sentence is the row's. */
export interface Skip<R extends string> {
  readonly skip: R;
}

/** One row: a sentence for people, when it fits, and what then becomes of the Pod. */
interface Row<Test, Outcome> {
  readonly sentence: string;
  readonly when: Condition<Test>;
  readonly outcome: Outcome;
}

/** A row that the registration and policies ask in a CEL condition of this name. */
interface Named {
  readonly cel: `not-${string}`;
}

/**
 * A row about what is never injected. Without `cel` the resource rules and the namespace selector of webhook and policies
 * keep such requests away, and no condition is made of it.
 */
export type Guard<R extends string> = Row<RequestTest | PodTest, Skip<R>> & Partial<Named>;
/**
 * A row about which templates a Pod gets. One that skips before any row chooses is a CEL condition named for its reason
 * (`OptedOut`: `not-opted-out`).
 */
export type Chooser<R extends string> = Row<PodTest | RecordTest, Skip<R> | { readonly choose: Choice }>;
/** Of the chosen templates only those with `spec.allow.<unless>` suit such a Pod; with none left it is skipped. */
export type Suit<R extends string> = Row<
  PodTest,
  Skip<R> & { readonly unless: Exclude<keyof TemplateAllow, 'namespaces'> }
> &
  Named;
