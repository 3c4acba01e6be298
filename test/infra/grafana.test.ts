import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LogEvent } from '../../functions/events/event.ts';
import { METRICS_NAMESPACE } from '../../functions/events/metrics.ts';
import * as catalogue from '../../functions/events.ts';
import { at, recordOf } from '../support/values.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'infra', 'dashboards');
const FILES = readdirSync(FOLDER);
const EVENTS: readonly LogEvent[] = Object.values(catalogue);
/** Every metric that the functions emit, with the dimensions that it is told apart by, in the order of the alphabet. */
const EMITTED = EVENTS.flatMap(({ metric }) =>
  metric === undefined
    ? []
    : [metric.count, ...Object.keys(metric.values ?? {})].flatMap((name) =>
        metric.by.map((by) => [name, ...by.toSorted()].join()),
      ),
);

const listIn = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};
const read = (file: string): unknown => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));

test('there is a page for releases and one for injection', () => {
  expect(FILES.toSorted()).toEqual(['injection.json', 'releases.json']);
  expect(new Set(FILES.map((file) => at(read(file), 'uid'))).size).toBe(FILES.length);
});

test.each(FILES)('%s: each panel asks for metrics that there are, by all of their dimensions', (file) => {
  const panels = listIn(read(file), 'panels');
  expect(panels.length).toBeGreaterThan(5);
  for (const panel of panels) {
    const targets = listIn(panel, 'targets');
    expect(targets.length, String(at(panel, 'title'))).toBeGreaterThan(0);
    for (const target of targets) {
      const { namespace, metricName, dimensions, matchExact } = recordOf(target);
      expect([namespace, matchExact]).toEqual([METRICS_NAMESPACE, true]);
      const by = Object.keys(recordOf(dimensions)).toSorted();
      expect(EMITTED, String(at(panel, 'title'))).toContain([metricName, ...by].join());
    }
  }
});

test.each(FILES)('%s: what is chosen above the panels is declared, and is a dimension of its metric', (file) => {
  const page = read(file);
  const variables = listIn(page, 'templating', 'list');
  const names = variables.map((variable) => at(variable, 'name'));
  const used = new Set([...JSON.stringify(page).matchAll(/\$\{?([a-z]\w*)/g)].map(([, name]) => name));
  expect([...used].toSorted()).toEqual(names.toSorted());
  for (const variable of variables.filter((one) => at(one, 'type') === 'query')) {
    const { metricName, dimensionKey, dimensionFilters } = recordOf(at(variable, 'query'));
    const asked = [String(dimensionKey), ...Object.keys(recordOf(dimensionFilters))];
    const isKnown = EVENTS.some(({ metric }) =>
      metric?.by.some(
        (by) =>
          [metric.count, ...Object.keys(metric.values ?? {})].includes(String(metricName)) &&
          asked.every((name) => by.includes(name)),
      ),
    );
    expect(isKnown, String(at(variable, 'name'))).toBe(true);
  }
});
