import { expect, test } from 'vitest';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { IssuerError } from '../../functions/errors.ts';
import { findIssuer } from '../../functions/identity/find-issuer.ts';
import type { IssuerKeys } from '../../functions/identity/issuer-keys.ts';
import { ISSUER } from '../support/discovery-entry-point.ts';

const parsed = parseClusterRecord({ issuer: ISSUER });
if (!parsed.valid) throw new Error('a record with an issuer is one');
const RECORDS = ['one', 'two'].map((cluster) => ({ cluster, record: parsed.value }));
const NO_KEYS: IssuerKeys = { find: async () => undefined, knows: () => false };

test.each([
  ['an issuer that cannot be reached is waited out', new IssuerError('down')],
  ['a fault of ours is not taken for an issuer that is down', new TypeError('x is undefined')],
])('%s', async (_what, error) => {
  // Of the first record alone: the second has no such key.
  let calls = 0;
  const find = async (): Promise<undefined> => {
    if (calls++ === 0) throw error;
  };
  await expect(findIssuer({ ...NO_KEYS, find }, RECORDS, 'kid')).rejects.toBe(error);
  expect(calls).toBe(error instanceof IssuerError ? 2 : 1);
});
