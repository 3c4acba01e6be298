import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateTableCommand, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { parse } from 'yaml';
import { dynamoClientFor } from '../../support/dynamo-client.ts';
import { at } from '../../support/values.ts';
import { cachedFolder, fillCachedFolder } from './cached-folder.ts';
import { freePort } from './free-port.ts';
import { run } from './scripts.ts';

/** AWS's own DynamoDB for tests, in memory. */
export interface DynamoDbLocal {
  readonly url: string;
  /** The table of infra/deploy/storage.yml. */
  readonly table: string;
  stop(): Promise<void>;
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
const POM = join(ROOT, 'test', 'real', 'dynamodb-local', 'pom.xml');
const MAIN = 'software.amazon.dynamodb.services.local.main.ServerRunner';
const START_MS_MAX = 60_000;
const TABLE = 'canaries';

/**
 * Brings DynamoDB Local into the cache (once, about a minute), starts it and makes the table. It cannot be told to
 * listen on loopback alone; it holds nothing but the tests' made-up canaries, and ends with them.
 */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  const libraries = await install();
  const port = await freePort();
  const memory = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dsqlite4java.library.path=${libraries}`];
  const options = ['-inMemory', '-port', String(port), '-disableTelemetry'];
  const server = spawn('java', [...memory, '-cp', `${libraries}/*`, MAIN, ...options], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null) return;
    server.kill();
    await once(server, 'exit');
  };
  const end = Date.now() + START_MS_MAX;
  // It answers 400 to a request without a signature.
  while (!(await fetch(url).then(Boolean, () => false))) {
    if (server.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`DynamoDB Local did not start (exit code ${server.exitCode})`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await dynamoClientFor(url).send(new CreateTableCommand({ ...(await tableOfStorage()), TableName: TABLE }));
  return { url, table: TABLE, stop };
}

/** Keys and billing as infra/deploy/storage.yml has them. */
async function tableOfStorage(): Promise<Omit<CreateTableCommandInput, 'TableName'>> {
  const text = await readFile(join(ROOT, 'infra', 'deploy', 'storage.yml'), 'utf8');
  const properties = at(parse(text), 'Resources', 'CanaryTable', 'Properties');
  const { KeySchema, AttributeDefinitions, BillingMode } = properties as CreateTableCommandInput;
  return { KeySchema, AttributeDefinitions, BillingMode };
}

/** A folder of jars and native libraries, by the project's pom.xml. */
async function install(): Promise<string> {
  return await fillCachedFolder(dynamoDbLocalFolder(), async (fresh) => {
    const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${fresh}`, '-DincludeScope=runtime'];
    await run('mvn', ['-q', '-B', '-f', POM, ...copy]);
  });
}

/** Where DynamoDB Local is, or will be. */
export function dynamoDbLocalFolder(): string {
  return cachedFolder('dynamodb-local-3.1.0');
}
