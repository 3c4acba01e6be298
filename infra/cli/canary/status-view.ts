import type { Canary } from '../../../functions/canary/canary.ts';
import { own } from '../../../functions/json/check.ts';
import { isRecord, printable } from '../../../functions/json/faults.ts';
import type { Json } from '../../../functions/json/json.ts';
import { table } from '../output.ts';
import { type EvidenceWindow, measuredShare, numberIn, recordIn, type TrackCounts } from './evidence-view.ts';
import { releaseLines } from './release-view.ts';
import { percentOf } from './rows.ts';

/** What is known of a release. */
export interface ReleaseView {
  readonly canary: Canary;
  /** What `GET …/proxies` answered. */
  readonly proxies: Json;
  /** Windows, newest first; undefined: this control plane keeps none. */
  readonly evidence: readonly EvidenceWindow[] | undefined;
}

/** So many of the last windows are shown: half a minute. */
const WINDOWS_SHOWN = 6;
const NAMES_SHOWN = 5;

/**
 * A release as text: phase, step, weights, proxies, conditions and the last windows of evidence.
 *
 * @param now milliseconds since the epoch, for how long things have been so; 0: for no time
 */
export function renderStatus(view: ReleaseView, now: number): string {
  const { metadata, spec, status } = view.canary;
  const head = [
    ['Name:', metadata.name],
    ['Namespace:', metadata.namespace],
    ['Service:', `${spec.service.name}:${spec.service.port}`],
    ...(spec.group === undefined ? [] : [['Group:', spec.group]]),
    ...clustersOf(view),
    ['Phase:', status.phase],
    ...(status.release === undefined ? [] : releaseLines(status.release, now)),
    ['Weights:', weightsOf(view)],
    ['Proxies:', proxiesOf(view.proxies)],
  ];
  const conditions = conditionsOf(view);
  return [
    head.map(([title = '', text = '']) => `${title.padEnd(12)}${printable(text)}\n`).join(''),
    conditions.length === 0 ? '' : `\n${table(['CONDITION', 'STATUS', 'REASON', 'MESSAGE'], conditions)}`,
    `\n${evidenceOf(view)}`,
  ].join('');
}

/** The Kubernetes clusters of its release, where there are several. */
function clustersOf({ canary }: ReleaseView): readonly (readonly string[])[] {
  const { clusters } = canary.spec;
  return clusters === undefined ? [] : [['Clusters:', `${clusters.names.join(', ')} (${clusters.order})`]];
}

/** The canary's share as it was set, as proxies serve it, and as their callers measured it. */
function weightsOf({ canary, proxies, evidence }: ReleaseView): string {
  const { spec, status } = canary;
  const set = `${percentOf(status.weights.canary, spec.totalWeight)}%`;
  const [newest] = evidence ?? [];
  const counted = newest === undefined ? '<unconfirmed>' : shareOf(newest.weights);
  const served = own(proxies, 'confirmed') === true ? set : counted;
  const share = measuredShare(evidence ?? []);
  return `set ${set}, served ${served}, measured ${share === undefined ? '<none>' : `${share.toFixed(1)}%`}`;
}

function shareOf({ stable, canary }: EvidenceWindow['weights']): string {
  return stable + canary === 0 ? '<unknown>' : `${percentOf(canary, stable + canary)}%`;
}

function proxiesOf(proxies: Json): string {
  const counted = recordIn(proxies, 'counted');
  const tally = numberIn(counted, 'seen') > 0 ? counted : proxies;
  const [seen, converged] = [numberIn(tally, 'seen'), numberIn(tally, 'converged')];
  const names = recordIn(proxies, 'names');
  const behind = [...namesIn(names, 'lagging', 'lags'), ...namesIn(names, 'rejected', 'rejects')];
  const shown = behind.slice(0, NAMES_SHOWN).join(', ');
  const more = behind.length > NAMES_SHOWN ? `, and ${behind.length - NAMES_SHOWN} more` : '';
  return `${converged} of ${seen} run the last write${shown === '' ? '' : `; ${shown}${more}`}`;
}

function namesIn(names: Json, key: string, what: string): readonly string[] {
  const list = own(names, key);
  return Array.isArray(list) ? list.map((name) => `${String(name)} ${what}`) : [];
}

/** Those of the canary and those of its proxies, which are found when they are asked for. */
function conditionsOf({ canary, proxies }: ReleaseView): readonly (readonly string[])[] {
  const found = own(proxies, 'conditions');
  const all: readonly unknown[] = [...canary.status.conditions, ...(Array.isArray(found) ? found : [])];
  return all
    .filter(isRecord)
    .map((condition) =>
      ['type', 'status', 'reason', 'message'].map((key) => printable(String(own(condition, key) ?? ''))),
    );
}

function evidenceOf({ canary, evidence }: ReleaseView): string {
  if (evidence === undefined) return 'Evidence: not known to this control plane\n';
  if (evidence.length === 0) return 'Evidence: none yet; proxies count while a release is on its way\n';
  const titles = ['FROM', 'WEIGHT', 'STABLE', 'FAILED', 'P99', 'HOSTS', 'CANARY', 'FAILED', 'P99', 'HOSTS'];
  const rows = evidence.slice(0, WINDOWS_SHOWN).map(({ from, weights, stable, canary: next }) => {
    const time = printable(from.slice(11, 19));
    return [time, `${percentOf(weights.canary, canary.spec.totalWeight)}%`, ...cells(stable), ...cells(next)];
  });
  return table(titles, rows);
}

function cells({ responses, failed, p99Ms, hosts }: TrackCounts): readonly string[] {
  return [String(responses), String(failed), p99Ms === undefined ? '-' : `${p99Ms}ms`, hosts ?? '-'];
}
