import { PutItemCommand, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDynamoStore } from '../../functions/table/dynamo/dynamo-store.ts';
import { canaryClockContract } from '../contract/canary-clock.ts';
import { canaryElsewhereContract } from '../contract/canary-elsewhere.ts';
import type { CanaryStoreHarness } from '../contract/canary-harness.ts';
import { canaryInterleavingsContract } from '../contract/canary-interleavings.ts';
import { canaryMatesContract } from '../contract/canary-mates.ts';
import { canaryRacesContract } from '../contract/canary-races.ts';
import { canaryStoreContract } from '../contract/canary-store.ts';
import { driftStoreContract } from '../contract/drift-store.ts';
import { evidenceStoreContract } from '../contract/evidence-store.ts';
import { freezeStoreContract } from '../contract/freeze-store.ts';
import { keptValuesContract } from '../contract/kept-values.ts';
import { proxyReportsContract } from '../contract/proxy-reports.ts';
import { dynamoToolsFor } from '../support/dynamo-client.ts';
import { reportOf } from '../support/stored-canaries.ts';
import { type DynamoDbLocal, startDynamoDbLocal } from './support/dynamodb-local.ts';
import { whyNotDynamoDbLocal } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

await describeReal('canaries in DynamoDB, by the real SDK against DynamoDB Local', whyNotDynamoDbLocal, () => {
  let local: DynamoDbLocal;
  beforeAll(async () => {
    local = await startDynamoDbLocal();
  });
  afterAll(async () => await local?.stop());

  const open = async (): Promise<CanaryStoreHarness> => {
    const tools = dynamoToolsFor(local.url, local.table);
    const { client, table } = tools;
    return {
      store: createDynamoStore(tools),
      corrupt: async ({ cluster, namespace, name }) => {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: { PK: { S: `C#${cluster}` }, SK: { S: `canary#${namespace}#${name}` } },
            UpdateExpression: 'SET weights.stable = :ninety',
            ExpressionAttributeValues: { ':ninety': { N: '91' } },
          }),
        );
      },
      close: async () => client.destroy(),
    };
  };
  canaryStoreContract('DynamoDB', open);
  canaryClockContract('DynamoDB', open);
  canaryRacesContract('DynamoDB', open);
  canaryMatesContract('DynamoDB', open);
  canaryElsewhereContract('DynamoDB', open);
  canaryInterleavingsContract('DynamoDB', open, 2);
  proxyReportsContract('DynamoDB', open);
  evidenceStoreContract('DynamoDB', open);
  driftStoreContract('DynamoDB', open);
  freezeStoreContract('DynamoDB', open);
  keptValuesContract('DynamoDB', open);

  test('reports of environments are spread over partitions, and one that an older version wrote is read', async () => {
    const tools = dynamoToolsFor(local.url, local.table);
    const { writeProxyReport, readProxyReports } = createDynamoStore(tools);
    const environments = Array.from({ length: 40 }, (_, i) => `env-${i}`);
    for (const [i, environment] of environments.entries()) {
      await writeProxyReport('spread', environment, reportOf(i + 1), AbortSignal.timeout(30_000));
    }
    const older = { report: { S: JSON.stringify(reportOf(100)) }, PK: { S: 'F#spread' }, SK: { S: 'fleet#older' } };
    await tools.client.send(new PutItemCommand({ TableName: local.table, Item: older }));
    const read = (await readProxyReports('spread', AbortSignal.timeout(30_000))).map(
      (r) => Object.keys(r.proxies).length,
    );
    expect(read.toSorted((a, b) => a - b)).toEqual([...environments.map((_, i) => i + 1), 100]);
    const partitions = new Set<string>();
    // The suites above share this table: it is longer than one page.
    for await (const { Items = [] } of paginateScan({ client: tools.client }, { TableName: local.table })) {
      for (const { PK } of Items) {
        if (PK?.S?.startsWith('F#spread#')) partitions.add(PK.S);
      }
    }
    expect(partitions.size).toBeGreaterThan(4);
    tools.client.destroy();
  });
});
