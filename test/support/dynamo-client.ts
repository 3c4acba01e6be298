import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoTools } from '../../functions/table/dynamo/call.ts';

/** An SDK client for an endpoint on loopback, as the functions make theirs: without tries of its own. */
export function dynamoClientFor(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new DynamoDBClient({ endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 });
}

/** What the stores in DynamoDB are given, for an endpoint on loopback. */
export function dynamoToolsFor(endpoint: string, table = 'canaries'): DynamoTools {
  const newToken = (): string => crypto.randomUUID();
  return { client: dynamoClientFor(endpoint), table, now: Date.now, random: Math.random, newToken };
}
