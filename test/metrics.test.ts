import { describe, expect, test } from 'vitest';
import type { EventFields, LogEvent } from '../functions/events/event.ts';
import { METRICS_NAMESPACE, metricFields } from '../functions/events/metrics.ts';
import * as catalogue from '../functions/events.ts';
import { createLog } from '../functions/log.ts';

const NOW = Date.UTC(2026, 10, 22);
const EVENTS: readonly LogEvent[] = Object.values(catalogue);
const COUNTED = EVENTS.filter(({ metric }) => metric !== undefined);

/** A line as CloudWatch Logs gets it, with only those fields that are always there. */
function line(event: LogEvent): Record<string, unknown> {
  const lines: string[] = [];
  createLog(
    (l) => lines.push(l),
    () => NOW,
    metricFields,
  )(event, valuesOf(event.fields));
  return JSON.parse(lines[0] ?? '{}');
}

function valuesOf(fields: EventFields): Record<string, string | number> {
  const certain = Object.entries(fields).filter(([, kind]) => !kind.endsWith('?'));
  return Object.fromEntries(
    certain.map(([name, kind]) => [name, /^(count|.*seconds|percent|number)$/.test(kind) ? 2 : name]),
  );
}

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

function directivesIn(made: Record<string, unknown>): readonly Directive[] {
  return JSON.parse(JSON.stringify(made['_aws'])).CloudWatchMetrics;
}

describe('metrics in the embedded metric format', () => {
  test.each(
    COUNTED.map((event) => [event.message, event] as const),
  )('%s: every dimension and metric that the directive names stands in the line', (_message, event) => {
    const made = line(event);
    expect(JSON.parse(JSON.stringify(made['_aws'])).Timestamp).toBe(NOW);
    expect(made[event.metric?.count ?? '']).toBe(1);
    for (const { Namespace, Dimensions, Metrics } of directivesIn(made)) {
      expect(Namespace).toBe(METRICS_NAMESPACE);
      expect(Dimensions).toEqual(event.metric?.by);
      for (const dimension of Dimensions.flat()) expect(made).toHaveProperty([dimension]);
      for (const metric of Metrics) expect(typeof made[metric.Name]).toBe('number');
      expect(Metrics).toContainEqual({ Name: event.metric?.count, Unit: 'Count' });
    }
  });

  test('what a line is called says nothing of its metric', () => {
    const renamed = { ...catalogue.requestFailed, message: 'renamed' };
    expect(directivesIn(line(renamed))).toEqual(directivesIn(line(catalogue.requestFailed)));
  });

  test('a field that is a metric has the unit of its kind', () => {
    const kinds = {
      Count: 'count',
      Milliseconds: 'milliseconds',
      Seconds: 'seconds',
      Percent: 'percent',
      None: 'number',
    };
    for (const { metric, fields, message } of COUNTED) {
      for (const [name, unit] of Object.entries(metric?.values ?? {})) {
        expect(fields[name], `${message}: ${name}`).toBe(unit === undefined ? '' : kinds[unit]);
      }
    }
  });

  test('each event has a message of its own, and each count a name of its own', () => {
    expect(new Set(EVENTS.map(({ message }) => message)).size).toBe(EVENTS.length);
    expect(new Set(COUNTED.map(({ metric }) => metric?.count)).size).toBe(COUNTED.length);
  });

  test('no dimension is a name of a Pod or a namespace: each value would be billed as a metric', () => {
    const ofReleases: readonly LogEvent[] = [catalogue.releaseLooked, catalogue.releaseShareMeasured];
    for (const counted of COUNTED) {
      const { metric, fields, message } = counted;
      // Of the releases that move, which are few at a time.
      if (ofReleases.includes(counted)) continue;
      for (const name of metric?.by.flat() ?? []) {
        // The names of Kubernetes clusters and of templates are as few as those who make them wish.
        const isFew = fields[name] === 'code' || name === 'cluster' || message === 'template refused';
        expect(isFew, `${message} by ${name}`).toBe(true);
      }
    }
  });

  test('other lines are no metrics', () => {
    const event: LogEvent = catalogue.driftUnfinished;
    expect(line(event)).toEqual({
      time: '2026-11-22T00:00:00.000Z',
      level: 'warn',
      message: 'drift unfinished',
      next: 'next',
    });
  });
});
