import { createDynamoStore } from '../../functions/table/dynamo/dynamo-store.ts';
import { canaryClockContract } from '../contract/canary-clock.ts';
import type { CanaryStoreHarness } from '../contract/canary-harness.ts';
import { canaryStoreContract } from '../contract/canary-store.ts';
import { driftStoreContract } from '../contract/drift-store.ts';
import { evidenceStoreContract } from '../contract/evidence-store.ts';
import { keptValuesContract } from '../contract/kept-values.ts';
import { proxyReportsContract } from '../contract/proxy-reports.ts';
import { dynamoToolsFor } from '../support/dynamo-client.ts';
import { startDynamoMemory } from '../support/dynamo-memory.ts';

// The contract by the real SDK against a DynamoDB that has our calls and short pages. DynamoDB Local is the judge of what
// DynamoDB does, and of races: test/real/canary-table.test.ts.

const open = async (): Promise<CanaryStoreHarness> => {
  const memory = await startDynamoMemory();
  const tools = dynamoToolsFor(memory.url);
  return {
    store: createDynamoStore(tools),
    corrupt: async ({ cluster, namespace, name }) => {
      memory.change(`C#${cluster}`, `canary#${namespace}#${name}`, (item) => ({ ...item, spec: { S: 'null' } }));
    },
    close: async () => {
      tools.client.destroy();
      memory.close();
    },
  };
};

canaryStoreContract('DynamoDB in memory', open);
canaryClockContract('DynamoDB in memory', open);
proxyReportsContract('DynamoDB in memory', open);
evidenceStoreContract('DynamoDB in memory', open);
driftStoreContract('DynamoDB in memory', open);
keptValuesContract('DynamoDB in memory', open);
