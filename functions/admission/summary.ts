import type { ValuesOf } from '../events/event.ts';
import type { reviewed, shadowCompared } from '../events.ts';
import { type ShadowResult, versionsOf } from '../injection/shadow.ts';
import type { Handled } from './handle.ts';
import type { Subject } from './subject.ts';

type Apart = keyof Subject | 'cluster' | 'ms';

/** What a log line says of a decision: the verdict, the reason, and what it rests on. */
export function summaryOf({ outcome, choice }: Handled): Omit<ValuesOf<typeof reviewed>, Apart> {
  const { verdict, reason, operations, warnings } = outcome;
  return {
    verdict,
    reason,
    ...(choice && { channel: choice.channel }),
    // Where there is no next channel the reason is always the same.
    ...(choice?.place === undefined ? {} : { channelReason: choice.reason }),
    templates: versionsOf(outcome),
    operations: operations.length,
    warnings: warnings.length,
  };
}

/** What a log line says of a comparison: what was served, and what the next channel would have made of it. */
export function comparisonOf({ outcome }: Handled, shadow: ShadowResult): Omit<ValuesOf<typeof shadowCompared>, Apart> {
  const { channel, result, reason, templates, operations } = shadow;
  return {
    result,
    channel,
    reason: outcome.reason,
    templates: versionsOf(outcome),
    operations: outcome.operations.length,
    ...(reason === undefined ? {} : { nextReason: reason }),
    ...(templates === undefined ? {} : { nextTemplates: templates }),
    ...(operations === undefined ? {} : { nextOperations: operations }),
  };
}
