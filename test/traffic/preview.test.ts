import { expect, test } from 'vitest';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { previewAnswers } from '../../functions/traffic/preview.ts';
import { viewOf } from '../../functions/traffic/served-answers.ts';
import { snapshotFor } from '../../functions/traffic/snapshot.ts';
import { openDiscoveryEntryPoint, RECORD, routesAt } from '../support/discovery-entry-point.ts';
import { releaseOf } from '../support/releases.ts';

test('listeners of a sidecar without a pace ask where its bootstrap asks: an IPv6 address stands in brackets', () => {
  const record = parseClusterRecord({ ...RECORD, discovery: { host: '2001:db8::7' } });
  if (!record.valid) throw new Error('the record is not valid');
  const view = viewOf(record.value, 'shop');
  const { listeners } = snapshotFor([releaseOf()], view, Date.parse('2026-11-22T12:00:00.000Z'));
  expect(JSON.stringify(listeners.direct)).toContain('"cluster_names":["[2001:db8::7]"]');
  expect(JSON.stringify(listeners.paced)).toContain('"cluster_names":["loop"]');
});

test('the preview is what the entry point answers, to the letter', async () => {
  const { pacedPoll, store, clock } = openDiscoveryEntryPoint();
  const canaries = [releaseOf({ weight: 40 }), releaseOf({ service: 'own', spec: { exportTo: ['.'] } })];
  store.set(...canaries);
  const record = parseClusterRecord(RECORD);
  if (!record.valid) throw new Error('the record is not valid');
  const preview = previewAnswers(canaries, record.value, 'shop', clock.now);
  for (const kind of ['listeners', 'clusters', 'routes'] as const) {
    const { body } = await pacedPoll(kind, kind === 'routes' ? routesAt('x') : {});
    expect(JSON.stringify(preview[kind])).toBe(body);
  }
});
