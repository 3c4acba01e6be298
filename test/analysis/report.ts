import type { Limits } from './cases.ts';
import type { Result } from './run-case.ts';

const NAME_WIDTH = 58;

/** What stands above both tables. */
export const HEADINGS = {
  cases: [
    'Releases simulated with fixed seeds, by the verdict of the product. Medians; seconds since the first share, bad responses',
    'of the canary until it is back. "at 100 %" is the rule of the bake, outside the guarantee, and is in "stopped" as well.',
    '',
    `${'case'.padEnd(NAME_WIDTH)} releases stopped  at 100 %  seconds   (p90)     bad  minutes  limit`,
  ].join('\n'),
  field: [
    '',
    'Beside Flagger (99 % good responses, 5 failed checks of 60 s): 10, 20, 50 % for 10 min each; load and errors ± 90 %',
    '',
    `${'case'.padEnd(28)} ours: stopped  seconds     bad   Flagger: stopped  seconds     bad`,
  ].join('\n'),
} as const;

/** A line of the first table. */
export function describeResult(result: Result): string {
  const { name, releases, stopped, stoppedAtFull, seconds, secondsP90, bad, minutes, limits, missed } = result;
  const columns = [
    String(releases).padStart(8),
    percent(stopped).padStart(7),
    percent(stoppedAtFull).padStart(9),
    figure(seconds).padStart(8),
    figure(secondsP90).padStart(7),
    figure(bad).padStart(7),
    figure(minutes).padStart(8),
  ];
  const verdict = missed.length === 0 ? 'ok' : `MISSED: ${missed.join('; ')}`;
  return `${name.padEnd(NAME_WIDTH)} ${columns.join(' ')}  ${limitsText(limits)}  ${verdict}`;
}

/** A line of the second table. */
export function describeField(ours: Result, flagger: Result): string {
  const of = ({ stopped, seconds, bad }: Result, width: number): string =>
    `${percent(stopped).padStart(width)} ${figure(seconds).padStart(8)} ${figure(bad).padStart(7)}`;
  return `${ours.name.padEnd(28)} ${of(ours, 13)} ${of(flagger, 18)}`;
}

function limitsText({ stoppedMost, stoppedLeast, seconds, bad, minutes, evidence }: Limits): string {
  const parts = [
    ...(stoppedMost === undefined ? [] : [`≤ ${percent(stoppedMost)}`]),
    ...(stoppedLeast === undefined ? [] : [`≥ ${percent(stoppedLeast)}`]),
    ...(seconds === undefined ? [] : [`≤ ${seconds} s`]),
    ...(bad === undefined ? [] : [`≤ ${bad} bad`]),
    ...(minutes === undefined ? [] : [`≤ ${minutes} min`]),
    ...(evidence === undefined ? [] : [`E ≥ ${evidence}`]),
  ];
  return parts.join(', ');
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}

function figure(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toFixed(1)));
}
