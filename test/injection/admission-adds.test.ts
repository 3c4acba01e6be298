import { describe, expect, test } from 'vitest';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import {
  type AdmissionAdds,
  admissionAddsOf,
  BUILT_IN_ADDS,
  isAddedByAdmission,
} from '../../functions/injection/apply/admission-adds.ts';

const ADDS: AdmissionAdds = {
  env: [{ name: 'ANY' }, { name: 'SOME', begins: ['a:', 'b:'] }],
  volumeMounts: [{ mountPath: '/any' }, { mountPath: '/some', volume: 'token-' }],
};

describe('an element is one that admission adds', () => {
  test.each<[field: string, element: unknown, isAdded: boolean]>([
    ['env', { name: 'ANY', value: 'x' }, true],
    ['env', { name: 'ANY' }, true],
    ['env', { name: 'ANY', value: null }, true],
    ['env', { name: 'ANY', value: 1 }, false],
    ['env', { name: 'ANY', value: 'x', valueFrom: {} }, false],
    ['env', { name: 'SOME', value: 'a:1' }, true],
    ['env', { name: 'SOME', value: 'b:1' }, true],
    ['env', { name: 'SOME', value: 'c:a:' }, false],
    ['env', { name: 'SOME' }, false],
    ['env', { name: 'OTHER', value: 'a:1' }, false],
    ['env', {}, false],
    ['env', 'ANY', false],
    ['env', null, false],
    ['env', [], false],
    ['env', { name: '/any', mountPath: '/any' }, false],
    ['volumeMounts', { name: 'x', mountPath: '/any' }, true],
    ['volumeMounts', { name: 'x', mountPath: '/any', readOnly: true }, true],
    ['volumeMounts', { name: 'x', mountPath: '/any', subPath: 'x' }, false],
    ['volumeMounts', { mountPath: '/any' }, false],
    ['volumeMounts', { name: 1, mountPath: '/any' }, false],
    ['volumeMounts', { name: 'token-x', mountPath: '/some' }, true],
    ['volumeMounts', { name: 'x-token-', mountPath: '/some' }, false],
    ['volumeMounts', { name: 'x', mountPath: '/other' }, false],
    ['volumeMounts', { name: 'x' }, false],
    ['volumeMounts', undefined, false],
    ['volumeDevices', { name: 'x', mountPath: '/any' }, false],
    ['envFrom', { name: 'ANY', value: 'x' }, false],
  ])('%s %j: %s', (field, element, isAdded) => {
    expect(isAddedByAdmission(field, element, ADDS)).toBe(isAdded);
  });

  // Both mount paths of azure-workload-identity, the older and the newer.
  test.each([
    ['azure-workload-identity-reserved-token', '/var/run/secrets/azure/wi'],
    ['azure-identity-token', '/var/run/secrets/azure/tokens'],
    ['gcloud-config', '/var/run/secrets/gcloud/config'],
    ['gcp-ksa', '/var/run/secrets/tokens/gcp-ksa'],
  ])('of the closed list: %s at %s', (name, mountPath) => {
    expect(isAddedByAdmission('volumeMounts', { name, mountPath })).toBe(true);
    expect(isAddedByAdmission('volumeMounts', { name: 'data', mountPath })).toBe(false);
  });
});

test('a record adds to the closed list, and one that does not is the list itself', () => {
  const recordOf = (document: object) => {
    const parsed = parseClusterRecord(document);
    if (!parsed.valid) throw new Error('the record has faults');
    return parsed.value;
  };
  expect(admissionAddsOf(recordOf({}))).toBe(BUILT_IN_ADDS);
  const record = recordOf({ admissionAdds: { env: ['MINE'], volumeMounts: ['/mine'] } });
  const adds = admissionAddsOf(record);
  expect(adds.env).toEqual([...BUILT_IN_ADDS.env, { name: 'MINE' }]);
  expect(adds.volumeMounts).toEqual([...BUILT_IN_ADDS.volumeMounts, { mountPath: '/mine' }]);
  // Plans are remembered by what they are made of: one record has one list.
  expect(admissionAddsOf(record)).toBe(adds);
});
