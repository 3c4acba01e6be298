import { useMemo } from 'preact/hooks';
import { Actions } from './actions.tsx';
import { History, Proxies, Steps } from './facts.tsx';
import type { ReleaseState } from './model.ts';
import { Notice } from './notice.tsx';
import type { Key } from './place.ts';
import { releaseReader } from './read-release.ts';
import { EvidenceCharts, TrafficCharts } from './release-charts.tsx';
import { Share } from './releases.tsx';
import { seriesOf } from './series.ts';
import { usePolled } from './use-polled.ts';
import { percentOf, sentenceOf, toneOf } from './words.ts';

/** One release: what is set, served and measured, why, and what can be done. */
export function Release(key: Key) {
  const { namespace, name } = key;
  const read = useMemo(() => releaseReader({ namespace, name }), [namespace, name]);
  const { value, fault, at, again } = usePolled(`${namespace}/${name}`, read);
  return (
    <main>
      <div class="bar">
        <h1>
          <small>{namespace} / </small>
          {name}
        </h1>
        {value === undefined ? '' : <span class={`phase ${toneOf(value.canary)}`}>{value.canary.status.phase}</span>}
      </div>
      <Notice fault={fault} />
      {value === undefined ? (
        <p class="quiet">{fault === undefined ? 'reading …' : ''}</p>
      ) : (
        <Known state={value} now={at} again={again} />
      )}
    </main>
  );
}

interface Props {
  readonly state: ReleaseState;
  readonly now: number;
  readonly again: () => void;
}

function Known({ state, now, again }: Props) {
  const { canary, windows, proxies, history } = state;
  const series = useMemo(() => seriesOf(canary, windows), [canary, windows]);
  return (
    <>
      <p class="sentence">{sentenceOf(canary)}</p>
      <Weights state={state} />
      <Steps canary={canary} now={now} />
      <div class="columns">
        <div>
          <EvidenceCharts series={series} />
          <TrafficCharts series={series} />
        </div>
        <div>
          <Actions canary={canary} again={again} />
          <Proxies proxies={proxies} />
        </div>
      </div>
      <History entries={history} now={now} />
    </>
  );
}

/** The canary's share as it was set, as proxies serve it, and as their callers measured it. */
function Weights({ state: { canary, proxies, windows } }: { readonly state: ReleaseState }) {
  const { spec, status } = canary;
  const set = percentOf(status.weights.canary, spec.totalWeight);
  const newest = windows.at(-1);
  const counted = newest === undefined ? undefined : percentOf(newest.weights.canary, spec.totalWeight);
  const served = proxies?.confirmed === true ? set : counted;
  const same = windows.filter(({ resourceVersion }) => resourceVersion === newest?.resourceVersion);
  const sum = (track: 'stable' | 'canary'): number =>
    same.reduce((all, { tracks }) => all + tracks[track].responses, 0);
  const all = sum('stable') + sum('canary');
  return (
    <dl class="weights">
      <Figure title="set" percent={set} />
      <Figure title="served" percent={served} />
      <Figure title="measured" percent={all === 0 ? undefined : percentOf(sum('canary'), all)} />
      <div>
        <dt>Service</dt>
        <dd>
          {spec.service.name}:{spec.service.port}
        </dd>
      </div>
    </dl>
  );
}

function Figure({ title, percent }: { readonly title: string; readonly percent: number | undefined }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {percent === undefined ? 'not known' : `${percent} %`}
        <Share percent={percent ?? 0} />
      </dd>
    </div>
  );
}
