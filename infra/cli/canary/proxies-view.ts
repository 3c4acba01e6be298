import { own } from '../../../functions/json/check.ts';
import { isRecord, printable } from '../../../functions/json/faults.ts';
import type { Json } from '../../../functions/json/json.ts';
import { table } from '../output.ts';
import { numberIn } from './evidence-view.ts';
import { ageOf } from './rows.ts';

const HEADINGS = ['NAME', 'NAMESPACE', 'VERSION', 'STATE', 'LAST POLL'];

/**
 * What `GET …/proxies` answers, as a table of the proxies that reports name, and a line about all of them. Undefined where the
 * control plane is of a version that tells of no single ones.
 *
 * @param now milliseconds since the epoch
 */
export function renderProxies(proxies: Json, now: number): string | undefined {
  const items = own(proxies, 'items');
  if (!Array.isArray(items)) return undefined;
  const rows = items.filter(isRecord).map((item) => rowOf(item, now));
  return `${rows.length === 0 ? '' : `${table(HEADINGS, rows)}\n`}${summaryOf(proxies, rows.length)}\n`;
}

function rowOf(item: Json, now: number): readonly string[] {
  const text = (key: string): string => printable(String(own(item, key) ?? '<unknown>'));
  const held = text('resourceVersion');
  const age = `${ageOf(text('lastPoll'), now)} ago`;
  return [text('name'), text('namespace'), held === '0' ? '<none>' : held, text('state'), age];
}

function summaryOf(proxies: Json, shown: number): string {
  const [seen, converged, sampling] = ['seen', 'converged', 'sampling'].map((key) => numberIn(proxies, key));
  const version = printable(String(own(proxies, 'resourceVersion') ?? '<unknown>'));
  const confirmed = own(proxies, 'confirmed') === true ? 'confirmed' : 'not confirmed';
  const some = shown < (seen ?? 0) ? `; ${shown} are shown, those that do not follow first` : '';
  const sampled = (sampling ?? 1) > 1 ? `; sampled: of some namespaces one in ${sampling} proxies is counted` : '';
  return `${converged} of ${seen} proxies run version ${version} or a later one, ${confirmed}${some}${sampled}`;
}
