import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { LogEvent } from '../../functions/events/event.ts';
import { METRICS_NAMESPACE } from '../../functions/events/metrics.ts';
import * as catalogue from '../../functions/events.ts';
import { at } from '../support/values.ts';

const INFRA = join(import.meta.dirname, '..', '..', 'infra', 'deploy');
const OPERATIONS = readFileSync(join(INFRA, '..', '..', 'docs', 'operations.md'), 'utf8');
const EVENTS: readonly LogEvent[] = Object.values(catalogue);

/** Every metric that the functions emit, with the dimensions that it is told apart by. */
const EMITTED = EVENTS.flatMap(({ metric }) =>
  metric === undefined
    ? []
    : [metric.count, ...Object.keys(metric.values ?? {})].flatMap((name) =>
        metric.by.map((by) => [name, ...by].join()),
      ),
);

const alarms = Object.entries(Object(resourcesIn('alarms.yml')));
const ours = alarms.filter(([, alarm]) => at(alarm, 'Properties', 'Namespace') === METRICS_NAMESPACE);

function resourcesIn(file: string): unknown {
  return at(parse(readFileSync(join(INFRA, file), 'utf8'), { logLevel: 'silent' }), 'Resources');
}

test('every alarm on a metric of ours is on one that an event emits, by the dimensions that it has', () => {
  expect(ours.length).toBeGreaterThan(5);
  for (const [id, alarm] of ours) {
    const { MetricName, Dimensions = [] } = Object(at(alarm, 'Properties'));
    const names = Dimensions.map((dimension: unknown) => at(dimension, 'Name'));
    expect(EMITTED, id).toContain([MetricName, ...names].join());
  }
});

test('every event that is to have an alarm has one', () => {
  const wanted = EVENTS.flatMap(({ metric }) => (metric?.alarm === true ? [metric.count] : []));
  const watched = ours.map(([, alarm]) => at(alarm, 'Properties', 'MetricName'));
  expect(watched.toSorted()).toEqual(wanted.toSorted());
});

test.each(['dashboard.yml', 'release-dashboard.yml'])('%s shows metrics that there are', (file) => {
  const text = readFileSync(join(INFRA, file), 'utf8');
  const searches = [...text.matchAll(/SEARCH\('\{(\w+)((?:,\w+)*)\} MetricName=\\"(\w+)\\"/g)];
  const plain = [...text.matchAll(/\["Outrigger","(\w+)"\]/g)].map(([, name]) => name);
  expect(searches.length).toBeGreaterThan(5);
  expect(plain.length).toBeGreaterThan(2);
  for (const [, namespace, dimensions, name] of searches) {
    expect(namespace).toBe(METRICS_NAMESPACE);
    expect(EMITTED).toContain(`${name}${dimensions}`);
  }
  for (const name of plain) expect(EMITTED).toContain(name);
  // No other way of naming one: what the two patterns do not see would not be compared.
  expect(text.match(/Outrigger[,"]/g)).toHaveLength(searches.length + plain.length);
});

test('the page for operators says of every alarm what to do, and of no other', () => {
  const rows = OPERATIONS.split('\n').filter((row) => row.startsWith('| `'));
  const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(…?)(\w+Alarm)`/g)]);
  const ids = alarms.map(([id]) => id);
  for (const id of ids) {
    const found = named.some(([, any, name]) => (any === '…' ? id.endsWith(name ?? '') : id === name));
    expect(found, id).toBe(true);
  }
  for (const [, any, name = ''] of named) {
    expect(any === '…' ? ids.some((id) => id.endsWith(name)) : ids.includes(name), name).toBe(true);
  }
});

test('the page for operators names log lines that there are', () => {
  const lines = [...OPERATIONS.matchAll(/log line `([^`]+)`|`([^`]+)` lines/g)].map(([, one, many]) => one ?? many);
  expect(lines.length).toBeGreaterThan(2);
  const messages = EVENTS.map(({ message }) => message);
  for (const message of lines) expect(messages).toContain(message);
});
