import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fleetCommandsContract } from '../contract/fleet-commands.ts';
import { keyStoreContract } from '../contract/key-store.ts';
import { labelledVersionsContract } from '../contract/labelled-versions.ts';
import { recordStoreContract } from '../contract/record-store.ts';
import { ssmKeyHarness, ssmRecordHarness } from '../contract/registration-ssm.ts';
import { ssmClientFor, ssmHarness } from '../contract/ssm-harness.ts';
import { templatePartsContract } from '../contract/template-parts.ts';
import { templatePublisherContract } from '../contract/template-publisher.ts';
import { document, templateStoreContract } from '../contract/template-store.ts';
import { startSsmFake } from '../support/ssm-fake.ts';
import { type Moto, startMoto } from './support/moto.ts';
import { whyNotMoto } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

await describeReal('Parameter Store, by the real SDK against moto', whyNotMoto, () => {
  let moto: Moto;
  let labelled: Moto;
  beforeAll(async () => {
    [moto, labelled] = await Promise.all([startMoto(), startMoto('any')]);
  });
  afterAll(async () => void (await Promise.all([moto?.stop(), labelled?.stop()])));

  labelledVersionsContract('moto with the label filter that AWS documents', async () => ssmClientFor(labelled.url));

  templateStoreContract('Parameter Store, moto', async () => ssmHarness(ssmClientFor(moto.url), 'contract'));

  templatePartsContract('moto', async () => ssmClientFor(moto.url));

  templatePublisherContract('moto', async () => ssmClientFor(moto.url));

  fleetCommandsContract('moto', async () => moto.url);

  recordStoreContract('Parameter Store, moto', async () => ssmRecordHarness(ssmClientFor(moto.url), 'records'));

  keyStoreContract('Parameter Store, moto', async () => ssmKeyHarness(ssmClientFor(moto.url), 'keys'));

  test('the fake answers as moto does: pages, labels and unknown names', async () => {
    const fake = await startSsmFake();
    const seen = await Promise.all(
      [moto.url, fake.url].map(async (url) => {
        const client = ssmClientFor(url);
        const harness = ssmHarness(client, 'twin');
        for (let i = 0; i < 12; i++) await harness.put(`t${i}`, document(`t${i}`));
        const filter = { ParameterFilters: [{ Key: 'Label', Option: 'Equals', Values: ['stable'] }] };
        const path = '/outrigger/twin/templates';
        const first = await client.send(new GetParametersByPathCommand({ Path: path, ...filter }));
        const none = await client.send(new GetParametersByPathCommand({ Path: `${path}/deeper`, ...filter }));
        const tooMany = await client
          .send(new GetParametersByPathCommand({ Path: path, MaxResults: 11 }))
          .catch((e: Error) => e.name);
        return [
          first.Parameters?.length,
          first.NextToken === undefined,
          first.Parameters?.[0]?.Version,
          none.Parameters,
          tooMany,
        ];
      }),
    );
    fake.close();
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toEqual([10, false, 1, [], 'ValidationException']);
  });
});
