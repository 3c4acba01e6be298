import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { TICK_MS } from '../../functions/advance/tick.ts';
import { readMutatePath } from '../../functions/http/mutate-path.ts';
import { PACED_TIMEOUT_SECONDS, POLL_TIMEOUT_SECONDS, WEBHOOK_TIMEOUT_SECONDS } from '../../functions/limits.ts';
import { readPlace } from '../../functions/release-api/request/path.ts';
import { VERSIONS_HEADER } from '../../functions/traffic/answers.ts';
import { FIGURES_HEADER, HOSTS_HEADER } from '../../functions/traffic/evidence/ask-headers.ts';
import { NEXT_HEADER, PACE_HEADER } from '../../functions/traffic/pace.ts';
import { SAVED_PROTO_HEADER } from '../../functions/traffic/xds/forwarded-proto.ts';
import { at } from '../support/values.ts';

/*
 * What stands in YAML and in the code: each pair is one truth, which YAML cannot import.
 */

const ROOT = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const resourcesIn = (file: string): unknown => at(parse(read(file), { logLevel: 'silent' }), 'Resources');
const envoy = read('infra/templates/envoy.yaml');

test.each([
  ['MutateDurationAlarm', WEBHOOK_TIMEOUT_SECONDS],
  ['DiscoveryDurationAlarm', POLL_TIMEOUT_SECONDS],
])('%s is at half of what callers wait', (alarm, seconds) => {
  expect(at(resourcesIn('infra/deploy/alarms.yml'), alarm, 'Properties', 'Threshold')).toBe((seconds * 1_000) / 2);
});

test('the dashboard draws the limit of a review where its alarm is', () => {
  const half = (WEBHOOK_TIMEOUT_SECONDS * 1_000) / 2;
  const text = read('infra/deploy/dashboard.yml');
  expect(text).toContain(`mutate: duration (limit ${half.toLocaleString('en')} ms)`);
  expect(text).toContain(`"annotations":{"horizontal":[{"value":${half}}]}`);
});

test('the schedule calls as often as advance counts on', () => {
  const expression = at(
    resourcesIn('infra/deploy/schedule.yml'),
    'AdvanceSchedule',
    'Properties',
    'ScheduleExpression',
  );
  expect(expression).toBe(`rate(${TICK_MS / 60_000} minute)`);
});

test('the sidecar waits for a poll as long as the function counts on', () => {
  const timeouts = [...envoy.matchAll(/request_timeout: (\S+)/g)].map(([, timeout]) => timeout);
  expect(timeouts.length).toBeGreaterThan(0);
  expect(new Set(timeouts)).toEqual(new Set([`${PACED_TIMEOUT_SECONDS}s`]));
  const calls = [...envoy.matchAll(/timeout_ms'\] = (\d+)/g)].map(([, timeout]) => Number(timeout));
  expect(calls).toEqual([POLL_TIMEOUT_SECONDS * 1_000]);
  expect(PACED_TIMEOUT_SECONDS).toBeGreaterThan(POLL_TIMEOUT_SECONDS);
});

test('the sidecar sends and reads the headers that the functions read and send, and no others of ours', () => {
  const named = new Set(envoy.match(/x-outrigger-[a-z-]*[a-z]/g));
  expect([...named].toSorted()).toEqual(
    [PACE_HEADER, NEXT_HEADER, FIGURES_HEADER, HOSTS_HEADER, VERSIONS_HEADER, SAVED_PROTO_HEADER].toSorted(),
  );
});

/** The paths that a function of the stack has, with names in the places of their placeholders. */
function pathsOf(name: string): readonly string[] {
  const events = at(parse(read('serverless.yml'), { logLevel: 'silent' }), 'functions', name, 'events');
  const routes = (Array.isArray(events) ? events : []).map((event) => at(event, 'httpApi'));
  const paths = routes.map((route) => String(typeof route === 'string' ? route.split(' ')[1] : at(route, 'path')));
  return paths.map((path) => path.replaceAll(/\{(\w+)\}/g, '$1'));
}

test('the route of the webhook is a path that the function reads', () => {
  expect(pathsOf('mutate').map(readMutatePath)).toEqual([{ cluster: 'cluster', token: 'token' }]);
});

test('the routes of an abort are paths that the function reads', () => {
  const names = { kind: 'canary', namespace: 'namespace', name: 'name', part: 'abort' };
  const found = pathsOf('abort').map(readPlace);
  expect(found).toHaveLength(2);
  expect(found).toEqual(expect.arrayContaining([names, { ...names, cluster: 'cluster' }]));
});
