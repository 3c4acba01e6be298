import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { bundleEntryPoints } from '../../infra/deploy/bundle.ts';
import { mintServiceAccountToken } from '../../infra/local/server/service-account-token.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { ISSUER, ISSUER_KEYS, RECORD } from '../support/discovery-entry-point.ts';
import { startDynamoMemory } from '../support/dynamo-memory.ts';
import { startSsmFake } from '../support/ssm-fake.ts';

/*
 * `node test/bench/discovery-memory.ts [PROXIES]`: the memory of the function `discovery` at its highest, and the
 * processor time of its polls, by which serverless.yml and docs/cost.md choose its size. By hand. The process is what
 * Lambda runs, without its runtime client: the event is parsed from JSON for each poll, as that client does.
 */
const PROXIES = Number(process.argv[2] ?? 1_000);
const ROUNDS = 20;
const RUNNER = `
import { readFileSync } from 'node:fs';
const [, bundle, file, rounds] = process.argv;
const events = JSON.parse(readFileSync(file, 'utf8'));
const { handler } = await import(bundle);
const used = [];
const body = events.pop();
for (let round = 0; round < Number(rounds); round++) {
  for (const event of events) {
    const json = JSON.stringify({ ...event, body });
    const { user, system } = process.cpuUsage();
    const result = await handler(JSON.parse(json));
    const after = process.cpuUsage();
    if (result.statusCode !== 200 && result.statusCode !== 304) throw new Error(result.body);
    // The first round proves each token once.
    if (round > 0) used.push(after.user + after.system - user - system);
  }
}
used.sort((a, b) => a - b);
const at = (share) => used[Math.floor((used.length - 1) * share)];
const peak = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
console.error(JSON.stringify({ peakMb: Math.round(peak / 1024), p50: at(0.5), p99: at(0.99), p999: at(0.999) }));
process.exit(0);`;

const FULL = await readFile(join(import.meta.dirname, '..', 'fixtures', 'polls', 'routes-1.40.json'), 'utf8');
const folder = await mkdtemp(join(tmpdir(), 'outrigger-memory-'));
const [ssm, dynamo] = [await startSsmFake(), await startDynamoMemory()];
await bundleEntryPoints(folder);
const document = JSON.stringify({ ...RECORD, audience: 'outrigger/f' });
const put = { Name: '/outrigger/f/clusters/local', Value: document, Type: 'String' } as const;
await ssmClientFor(ssm.url).send(new PutParameterCommand(put));
const events = await Promise.all(Array.from({ length: PROXIES }, (_, i) => eventOf(i)));
await writeFile(join(folder, 'events.json'), JSON.stringify([...events, FULL]));
const args = ['--input-type=module', '-e', RUNNER, join(folder, 'discovery.mjs'), join(folder, 'events.json')];
const env = {
  AWS_ENDPOINT_URL_SSM: ssm.url,
  AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  OUTRIGGER_FLEET: 'f',
  OUTRIGGER_TABLE: 'canaries',
};
const child = spawn(process.execPath, ['--max-old-space-size=160', ...args, String(ROUNDS)], {
  env,
  stdio: ['ignore', 'ignore', 'pipe'],
});
process.stdout.write(`${PROXIES} proxies: ${await text(child.stderr)}`);
ssm.close();
dynamo.close();
await rm(folder, { recursive: true });

async function eventOf(number: number): Promise<object> {
  const token = await mintServiceAccountToken(ISSUER_KEYS.privateJwk, {
    namespace: `team-${number % 20}`,
    serviceAccount: 'default',
    pod: { name: `web-${number}`, uid: `u-${number}` },
    audience: 'outrigger/f',
    issuer: ISSUER,
    duration: 3_600,
    now: Date.now(),
  });
  return {
    version: '2.0',
    rawPath: '/v3/discovery:routes',
    rawQueryString: '',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    requestContext: { http: { method: 'POST' }, stage: '$default' },
    isBase64Encoded: false,
  };
}
