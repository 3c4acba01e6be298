import { describe, expect, test } from 'vitest';
import type { LogEvent } from '../../functions/events/event.ts';
import * as catalogue from '../../functions/events.ts';
import { httpApiEvent, openMutateEntryPoint } from '../support/mutate-entry-point.ts';
import { openReleaseEntryPoint, releaseEvent } from '../support/release-entry-point.ts';
import { recordOf } from '../support/values.ts';

const WHO = 'arn:aws:iam::123456789012:user/a';
const EVENTS: readonly LogEvent[] = Object.values(catalogue);
const ROOT = '/apis/outrigger.dev/v1alpha1';
/** What `typeof` says of a field's value, by its kind. */
const TYPES: Readonly<Record<string, string>> = {
  flag: 'boolean',
  count: 'number',
  milliseconds: 'number',
  seconds: 'number',
  names: 'object',
};

/** Why a line is not one of the catalogue; undefined where it is. */
function faultOf(line: Readonly<Record<string, unknown>>): string | undefined {
  const { time, level, message, ...fields } = line;
  const event = EVENTS.find((one) => one.message === message);
  if (event === undefined) return `no event: ${String(message)}`;
  if (typeof time !== 'string' || !event.levels.some((one) => one === level)) return `no level: ${String(level)}`;
  const unknown = Object.keys(fields).find((name) => event.fields[name] === undefined);
  if (unknown !== undefined) return `no field: ${unknown}`;
  for (const [name, kind] of Object.entries(event.fields)) {
    const value = fields[name];
    if (value === undefined && kind.endsWith('?')) continue;
    const type = typeof value;
    if (type !== (TYPES[kind.replace('?', '')] ?? 'string')) return `${name} is no ${kind}`;
  }
  return undefined;
}

test('a line with another message, level, field or type is seen', () => {
  const good = { time: 't', level: 'warn', message: 'drift unfinished', next: 'a' };
  const bad = [{ message: 'other' }, { level: 'info' }, { body: 'x' }, { next: 1 }].map((more) => ({
    ...good,
    ...more,
  }));
  expect([good, ...bad].map(faultOf)).toEqual([
    undefined,
    'no event: other',
    'no level: info',
    'no field: body',
    'next is no name',
  ]);
});

describe('every line of a request is one of the catalogue', () => {
  test.each<[method: string, path: string, who: string | null]>([
    ['GET', '/apis', WHO],
    ['GET', '/healthz', WHO],
    ['GET', `${ROOT}/canaries`, WHO],
    ['GET', `${ROOT}/clusters/local/namespaces/shop/canaries`, WHO],
    ['GET', `${ROOT}/namespaces/shop/canaries/cart`, WHO],
    ['GET', `${ROOT}/namespaces/shop/canaries/cart/history`, WHO],
    ['POST', `${ROOT}/namespaces/shop/canaries/cart/abort`, WHO],
    ['PUT', `${ROOT}/clusters/local/namespaces/shop/canaries/cart/weights`, WHO],
    ['GET', `${ROOT}/clusters/local/drift`, WHO],
    ['GET', `${ROOT}/nowhere`, WHO],
    ['GET', `${ROOT}/canaries`, null],
  ])('release API: %s %s', async (method, path, who) => {
    const entryPoint = openReleaseEntryPoint();
    await entryPoint.handler(releaseEvent(method, path, { who }));
    await entryPoint.abort(releaseEvent(method, path, { who }));
    expect(entryPoint.lines.length).toBeGreaterThan(1);
    expect(entryPoint.lines.map((line) => faultOf(recordOf(JSON.parse(line))))).toEqual(
      entryPoint.lines.map(() => undefined),
    );
  });

  test.each<[string, Parameters<typeof httpApiEvent>[0]]>([
    ['a review', { body: reviewOf({ metadata: { name: 'a', namespace: 'shop' }, spec: { containers: [] } }) }],
    ['no review', { body: '{}' }],
    ['a stranger', { path: '/v1/mutate/local/token', body: '{}' }],
  ])('mutate: %s', async (_, call) => {
    const entryPoint = openMutateEntryPoint();
    await entryPoint.handler(httpApiEvent(call));
    expect(entryPoint.logged().map(faultOf)).toEqual(entryPoint.logged().map(() => undefined));
    expect(entryPoint.logged().length).toBeGreaterThan(0);
  });
});

function reviewOf(object: object): string {
  const request = {
    uid: 'u',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'shop',
    operation: 'CREATE',
    object: { apiVersion: 'v1', kind: 'Pod', ...object },
  };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
}
