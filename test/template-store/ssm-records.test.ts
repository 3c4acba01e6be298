import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { createSsmRecords } from '../../functions/template-store/ssm/ssm-records.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { startSsmFake } from '../support/ssm-fake.ts';

test('every record of every page is there by name; one that is no JSON as undefined', async () => {
  const fake = await startSsmFake();
  try {
    const client = ssmClientFor(fake.url);
    for (let i = 10; i < 31; i++) {
      const Value = i === 20 ? 'no JSON' : `{"minEpoch":${i}}`;
      await client.send(new PutParameterCommand({ Name: `/outrigger/f/clusters/c${i}`, Value, Type: 'String' }));
    }
    const records = await createSsmRecords(client, 'f')(AbortSignal.timeout(5_000));
    expect(records.size).toBe(21);
    expect([records.has('c20'), records.get('c20'), records.get('c30')]).toEqual([true, undefined, { minEpoch: 30 }]);
  } finally {
    fake.close();
  }
});
