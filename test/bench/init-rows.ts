import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LabelParameterVersionCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { generatePathTokenKeys, mintPathToken } from '../../functions/registration/keys/mint-path-token.ts';
import { bundleEntryPoints, bundleFile } from '../../infra/deploy/bundle.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { document } from '../contract/template-store.ts';
import { startSsmFake } from '../support/ssm-fake.ts';
import { reviewText } from './reviews.ts';
import { median, type Row } from './rows.ts';

const PROCESSES = 9;

interface Start {
  /** CPU time of loading the module, top-level await included, in milliseconds. */
  readonly initCpuMs: number;
  /** Wall time of the first call after that, in milliseconds; 0 for a module without a handler. */
  readonly firstMs: number;
  readonly status: number;
}

/** Bundle size, and INIT in fresh processes against a Parameter Store on loopback. */
export async function initRows(): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-bench-'));
  const fake = await startSsmFake();
  try {
    await bundleEntryPoints(folder);
    await bundleFile(join(import.meta.dirname, 'bare-ssm.ts'), join(folder, 'bare-ssm.mjs'));
    const client = ssmClientFor(fake.url);
    const Name = '/outrigger/bench/templates/envoy-initializer';
    await client.send(
      new PutParameterCommand({ Name, Value: JSON.stringify(document('envoy-initializer')), Type: 'String' }),
    );
    await client.send(new LabelParameterVersionCommand({ Name, Labels: ['stable'] }));
    const record = { Name: '/outrigger/bench/clusters/c', Value: '{"defaultTemplates":["envoy-initializer"]}' };
    await client.send(new PutParameterCommand({ ...record, Type: 'String' }));
    const keys = await generatePathTokenKeys('bench');
    const path = `/v1/mutate/c/${await mintPathToken(keys.privateJwk, 'bench', 'c', 1)}`;
    const env = {
      ...{ AWS_ENDPOINT_URL: fake.url, AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
      ...{ OUTRIGGER_FLEET: 'bench', OUTRIGGER_PATH_KEYS: JSON.stringify({ keys: [keys.publicJwk] }) },
      ...{ BENCH_PATH: path, BENCH_BODY: reviewText({ containers: 1, env: 5 }) },
    };
    const [ours, bare]: [Start[], Start[]] = [[], []];
    for (let i = 0; i < PROCESSES; i++) {
      ours.push(await startFresh(join(folder, 'mutate.mjs'), env));
      bare.push(await startFresh(join(folder, 'bare-ssm.mjs'), env));
    }
    if (ours.some((s) => s.status !== 200))
      throw new Error(`the bundled entry point answered ${ours.map((s) => s.status)}`);
    const [initMs, bareMs] = [median(ours.map((s) => s.initCpuMs)), median(bare.map((s) => s.initCpuMs))];
    return [
      { name: 'mutate bundle', value: (await stat(join(folder, 'mutate.mjs'))).size / 1024, unit: 'KB', goal: 420 },
      { name: 'INIT CPU with prefetch', value: initMs, unit: 'ms' },
      {
        name: 'INIT CPU ÷ bare prefetching client-ssm with its default credential chain',
        value: initMs / bareMs,
        unit: '×',
        goal: 1.2,
      },
      { name: 'first request after INIT', value: median(ours.map((s) => s.firstMs)), unit: 'ms', goal: 1 },
    ];
  } finally {
    fake.close();
    await rm(folder, { recursive: true });
  }
}

async function startFresh(module: string, env: NodeJS.ProcessEnv): Promise<Start> {
  const runner = join(import.meta.dirname, 'init-runner.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [runner, module], { env });
  const start: Start = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  return start;
}
