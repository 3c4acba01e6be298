import { expect, test } from 'vitest';
import { PARTS } from '../../functions/release-api/request/path.ts';
import { CANARIES, openReleaseEntryPoint } from '../support/release-entry-point.ts';
import { at } from '../support/values.ts';

/** Kubernetes' verb for a method on one object. */
const VERBS = new Map([
  ['GET', 'get'],
  ['PUT', 'update'],
  ['POST', 'create'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

test('discovery lists every part of a canary with the methods that it takes', async () => {
  const entryPoint = openReleaseEntryPoint();
  const { body } = await entryPoint.ask('GET', '/apis/outrigger.dev/v1alpha1');
  const resources = body['resources'];
  const listed = (Array.isArray(resources) ? resources : []).map((one) => [at(one, 'name'), at(one, 'verbs')]);
  const served = await Promise.all(
    PARTS.map(async (part) => {
      const { status, headers } = await entryPoint.ask('TRACE', `${CANARIES}/cart/${part}`);
      expect(status).toBe(405);
      return [`canaries/${part}`, (headers['allow'] ?? '').split(', ').map((method) => VERBS.get(method))];
    }),
  );
  expect(listed.filter(([name]) => String(name).startsWith('canaries/'))).toEqual(served);
});
