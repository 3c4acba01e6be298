import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { createDynamoStore } from '../../functions/canary/dynamo-store.ts';
import type { CanaryStoreHarness } from '../contract/canary-harness.ts';
import { canaryInterleavingsContract } from '../contract/canary-interleavings.ts';
import { canaryRacesContract } from '../contract/canary-races.ts';
import { canaryStoreContract } from '../contract/canary-store.ts';
import { driftStoreContract } from '../contract/drift-store.ts';
import { fleetStoreContract } from '../contract/fleet-store.ts';
import { dynamoToolsFor } from '../support/dynamo-client.ts';
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
  canaryRacesContract('DynamoDB', open);
  canaryInterleavingsContract('DynamoDB', open, 2);
  fleetStoreContract('DynamoDB', open);
  driftStoreContract('DynamoDB', open);
});
