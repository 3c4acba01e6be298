import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { previewAnswers } from '../../functions/traffic/preview.ts';
import { RECORD } from '../support/discovery-entry-point.ts';
import { olderTarget, releaseOf } from '../support/releases.ts';

const FOLDER = join(import.meta.dirname, '..', 'golden', 'discovery');
const NOW = Date.parse('2026-11-22T12:00:00.000Z');

const EVERYTHING = {
  match: [
    { headers: { 'x-a': { exact: 'b' }, 'x-c': { prefix: 'd' }, 'x-e': { present: true } } },
    { cookies: { f: { exact: 'g' }, h: { prefix: 'i' }, j: { present: true } } },
  ],
  sessionAffinity: { hashOn: [{ header: 'x-user' }, { cookie: 'sid' }, { sourceIP: true }] },
  mirror: { percentage: 0.07 },
} as const;

const ROUTES = [
  { setHeaderRoute: { name: 'gone', match: [{ headerName: 'x-old', headerValue: { exact: '1' } }] } },
  {
    setHeaderRoute: {
      name: 'testers',
      match: [
        { headerName: 'X-Tester', headerValue: { exact: 'yes' } },
        { headerName: 'x-team', headerValue: { prefix: 'check' } },
      ],
    },
  },
  { setMirrorRoute: { percentage: 5 } },
  {
    setMirrorRoute: { name: 'reads', percentage: 20, match: [{ method: { exact: 'GET' }, path: { prefix: '/api' } }] },
  },
  { setMirrorRoute: { name: 'team', match: [{ headers: { 'x-team': { exact: 'b' } } }] } },
  { setHeaderRoute: { name: 'gone' } },
  { setWeight: 30 },
];

/** What a proxy in `shop` is answered, by the name of its golden. `npm run golden` writes them again: read the difference. */
const CASES: Readonly<Record<string, readonly Canary[]>> = {
  'at-rest': [releaseOf({ atRest: true, port: 80 })],
  'with-everything': [releaseOf({ weight: 30, tracks: { stable: 8081, canary: 8082 }, spec: EVERYTHING })],
  'with-managed-routes': [
    releaseOf({ weight: 30, tracks: { stable: 8081, canary: 8082 }, spec: EVERYTHING, steps: ROUTES }),
  ],
  'of-an-older-version': [releaseOf({ weight: 30, targets: [olderTarget({}, { revision: 2 })] })],
};

test.each(Object.entries(CASES))('a proxy is answered as it was: %s', (name, canaries) => {
  const record = parseClusterRecord(RECORD);
  if (!record.valid) throw new Error('the record is not valid');
  const text = `${JSON.stringify(previewAnswers(canaries, record.value, 'shop', NOW), null, 2)}\n`;
  const file = join(FOLDER, `${name}.json`);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(file, 'utf8')));
});

test('no golden is of nothing', () => {
  expect(readdirSync(FOLDER).toSorted()).toEqual(
    Object.keys(CASES)
      .map((name) => `${name}.json`)
      .toSorted(),
  );
});
