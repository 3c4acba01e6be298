import { Chart } from './chart.tsx';
import { RATIO_LOG_MAX } from './evidence-series.ts';
import type { Series, Tracks } from './series.ts';

const percent = (value: number): string => `${round(value)} %`;
const perSecond = (value: number): string => `${round(value)}/s`;
const time = (value: number): string => (value >= 1_000 ? `${round(value / 1_000)} s` : `${round(value)} ms`);
const power = (value: number): string => (Math.abs(value) < 3 ? String(round(10 ** value)) : `1e${Math.round(value)}`);
/** What is beyond the chart is drawn at its edge. */
const times = (value: number): string =>
  `${value >= RATIO_LOG_MAX ? '≥ ' : value <= -RATIO_LOG_MAX ? '≤ ' : ''}${power(value)}×`;

/** How many times as bad as stable the canary is, and how sure that is. */
export function EvidenceCharts({ series: { at, evidence } }: { readonly series: Series }) {
  if (evidence === undefined || at.length === 0) return null;
  const { high, low, ratio, logE, logLimit } = evidence;
  const top = Math.max(logLimit * 1.3, ...logE.map((value) => value ?? 0));
  return (
    <section aria-label="Evidence">
      <h2>Evidence</h2>
      <Chart
        title="canary’s errors against stable’s"
        at={at}
        text={times}
        range={[-RATIO_LOG_MAX, RATIO_LOG_MAX]}
        lines={[
          { label: 'at least', colour: '--canary', values: low, dashed: true, band: true },
          { label: 'at most', colour: '--canary', values: high, dashed: true },
          { label: 'ratio', colour: '--canary', values: ratio },
          { label: '', colour: '--stable', values: at.map(() => 0) },
        ]}
      />
      <Chart
        title="E, the evidence against the canary"
        at={at}
        text={power}
        range={[-2, top]}
        lines={[
          { label: 'E', colour: '--canary', values: logE },
          { label: 'convicts at', colour: '--bad', values: at.map(() => logLimit), dashed: true },
        ]}
      />
    </section>
  );
}

/** Weights over what callers saw of both tracks. */
export function TrafficCharts({ series }: { readonly series: Series }) {
  const { at, served, measured, errors, p50, p99, rate } = series;
  if (at.length === 0) return <p class="empty">No evidence yet: proxies count while a release is on its way.</p>;
  return (
    <section aria-label="Traffic">
      <h2>Traffic</h2>
      <Chart
        title="weight"
        at={at}
        text={percent}
        range={[0, 100]}
        lines={[
          { label: 'served', colour: '--ink', values: served, stepped: true },
          { label: 'measured', colour: '--canary', values: measured, stepped: true },
        ]}
      />
      <Chart title="errors" at={at} text={percent} lines={linesOf(errors)} />
      <Chart title="requests" at={at} text={perSecond} lines={linesOf(rate)} />
      <Chart title="p50" at={at} text={time} lines={linesOf(p50)} />
      <Chart title="p99" at={at} text={time} lines={linesOf(p99)} />
    </section>
  );
}

function linesOf({ stable, canary }: Tracks) {
  return [
    { label: 'stable', colour: '--stable', values: stable },
    { label: 'canary', colour: '--canary', values: canary },
  ] as const;
}

function round(value: number): number {
  return Number(value.toPrecision(2)) >= 100 ? Math.round(value) : Number(value.toPrecision(2));
}
