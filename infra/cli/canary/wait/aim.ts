import type { CanaryPhase } from '../../../../functions/canary/canary.ts';
import { durationMs } from '../../../../functions/template/parameter/types.ts';
import { UsageError } from '../../errors.ts';

/** What is waited for: a condition, by its type and status in lower case, or a phase. */
export type Aim =
  | { readonly what: 'condition'; readonly type: string; readonly status: string }
  | { readonly what: 'phase'; readonly phase: CanaryPhase };

const CONDITION = /^condition=([A-Za-z]{1,64})(?:=([A-Za-z]{1,16}))?$/;

/** The compiler asks for every phase. */
const PHASES: Readonly<Record<CanaryPhase, true>> = {
  Initializing: true,
  Initialized: true,
  Progressing: true,
  WaitingPromotion: true,
  Succeeded: true,
  Failed: true,
  Terminating: true,
};

/** Reads `promoted`, `condition=NAME[=STATUS]` or `phase=PHASE`. Throws UsageError for what cannot be waited for. */
export function readAim(wanted: string): Aim {
  if (wanted === 'promoted') return { what: 'condition', type: 'promoted', status: 'true' };
  const [, type, status = 'true'] = CONDITION.exec(wanted) ?? [];
  if (type !== undefined) return { what: 'condition', type: type.toLowerCase(), status: status.toLowerCase() };
  const phase = wanted.startsWith('phase=') ? wanted.slice('phase='.length) : '';
  if (isPhase(phase)) return { what: 'phase', phase };
  const phases = Object.keys(PHASES).join(', ');
  throw new UsageError(
    `--for ${wanted} is none of promoted, condition=NAME[=STATUS] and phase=PHASE, with a PHASE of ${phases}`,
  );
}

function isPhase(text: string): text is CanaryPhase {
  return Object.hasOwn(PHASES, text);
}

/** Whole hours, minutes and seconds. */
const TIMEOUT = /^(?:0|(?=\d)(?:\d{1,3}h)?(?:\d{1,5}m)?(?:\d{1,7}s)?)$/;
/** Node's timers count to 24 days. */
const TIMEOUT_MS_MAX = 500 * 3_600_000;

/** Reads `90s`, `1h30m` or `0`, into milliseconds. Throws UsageError. */
export function readTimeout(text: string): number {
  const ms = TIMEOUT.test(text) ? durationMs(text) : Number.NaN;
  if (ms <= TIMEOUT_MS_MAX) return ms;
  throw new UsageError(`--timeout ${text} is no time such as 90s, 5m or 1h30m, at most 500h`);
}
