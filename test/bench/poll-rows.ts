import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpResult } from '../../functions/http/result.ts';
import { FIRST_ROUTES } from '../../functions/traffic/answers.ts';
import { openDiscoveryEntryPoint, versionIn } from '../support/discovery-entry-point.ts';
import { httpApiEvent } from '../support/mutate-entry-point.ts';
import { releaseOf } from '../support/releases.ts';
import { toldOf } from '../support/told-figures.ts';
import { type Row, ratioToN } from './rows.ts';

/** The first poll for routes of an Envoy 1.40.0, as it came, and what the mesh template's filter leaves of it. */
const FULL = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'polls', 'routes-1.40.json'), 'utf8');
const CUT = FULL.replace(/,"extensions":\[.*\]\}(?=,"resource_names")/s, '}');

/** An entry point with ten canaries, and a call that answers an event made beforehand. */
async function openDiscovery(): Promise<{
  readonly answer: (body: string, version: string, status: number) => () => Promise<HttpResult>;
  /** The same with figures, of a sidecar that follows a pace; and the text of one such body. */
  readonly told: (body: string, version: string) => { readonly text: string; readonly call: () => Promise<HttpResult> };
  readonly current: string;
  readonly reads: { head: number; list: number };
  readonly clock: { now: number };
}> {
  const { handler, store, token, poll, clock } = openDiscoveryEntryPoint({ write: () => {} });
  store.set(...Array.from({ length: 10 }, (_, i) => releaseOf({ service: `service-${i}`, weight: i })));
  const headers = { authorization: `Bearer ${await token()}` };
  const current = versionIn(await poll('routes', { version_info: 'x', resource_names: ['outbound'] }));
  return {
    current,
    clock,
    reads: store.reads,
    answer: (text, version, status) => {
      const body = `{"version_info":"${version}",${text.slice(1)}`;
      const event = httpApiEvent({ path: '/v3/discovery:routes', headers, body });
      return async () => {
        const result = await handler(event);
        if (result.statusCode !== status) throw new Error(`the entry point answered ${result.statusCode}`);
        return result;
      };
    },
    told: (text, version) => {
      const start = `{"version_info":"${version}",${text.slice(1, -1)}`;
      const [before, behind = ''] = toldOf(['service-1', 'service-2'], version, 1_796_000_000_000).split(
        '1796000000000',
      );
      const event = httpApiEvent({
        path: '/v3/discovery:routes',
        headers: { ...headers, 'x-outrigger-pace': '1' },
        body: start,
      });
      let seq = 1_796_000_000_000;
      return {
        text: `${start}${before}${seq}${behind}`,
        call: async () => {
          // Each is a report of its own, a poll interval later.
          const result = await handler({ ...event, body: `${start}${before}${++seq}${behind}` });
          if (result.statusCode !== 304) throw new Error(`the entry point answered ${result.statusCode}`);
          return result;
        },
      };
    },
  };
}

/**
 * The rows of design §9 about polls. A 200 is to a version that the environment sent itself; one to a version of another
 * environment stands apart.
 */
export async function pollRows(): Promise<readonly Row[]> {
  const { answer, told, current, reads, clock } = await openDiscovery();
  const rows: Row[] = [];
  const cases = [
    { name: 'whole', text: FULL, status: 200, runs: FIRST_ROUTES.version, goal: 0.8 },
    { name: 'whole', text: FULL, status: 304, runs: current, goal: 0.8 },
    { name: 'cut', text: CUT, status: 200, runs: FIRST_ROUTES.version, goal: 4 },
    { name: 'cut', text: CUT, status: 304, runs: current, goal: 2 },
    // Each of these reads the head of the store, which here is in memory: what is measured is the waiting alone.
    { name: 'cut, version of another environment', text: CUT, status: 200, runs: 'older' },
  ];
  for (const { name, text, status, runs, goal } of cases) {
    const call = answer(text, runs, status);
    const { ratio } = await ratioToN(text, call, Math.max(3_000_000, text.length * 20));
    const row = { name: `poll, ${name} body (${text.length} B), ${status}`, value: ratio, unit: '× N' };
    rows.push(goal === undefined ? row : { ...row, goal });
  }
  const { text, call: poll } = told(CUT, current);
  const { ratio } = await ratioToN(text, poll, Math.max(3_000_000, text.length * 20));
  rows.push({ name: `poll with figures (${text.length} B), 304`, value: ratio, unit: '× N', goal: 4 });
  const before = reads.head + reads.list;
  const call = answer(CUT, current, 304);
  for (let i = 0; i < 1_000; i++) {
    // One environment, 200 polls a second.
    clock.now += 5;
    await call();
  }
  rows.push({
    name: 'store reads per 1,000 warm polls in 5 s (goal: 1 a second)',
    value: reads.head + reads.list - before,
    unit: '',
    goal: 6,
  });
  return rows;
}
