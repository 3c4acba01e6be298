import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { generatePathTokenKeys, mintPathToken } from '../../functions/registration/keys/mint-path-token.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { FunctionError, startLambdaRuntime } from '../real/support/lambda-runtime.ts';
import { type PackagedFunction, unpackService } from '../real/support/packaged-service.ts';
import { whyNotRuntimeClient } from '../real/support/requirements.ts';
import { httpApiEvent } from '../support/mutate-entry-point.ts';
import { startSsmFake } from '../support/ssm-fake.ts';
import { reviewText } from './reviews.ts';
import { median, type Row } from './rows.ts';

const ENVIRONMENTS = 7;
const WARM_CALLS = 30;

interface Times {
  readonly initMs: number;
  readonly firstMs: number;
  readonly warmMs: number;
}

/**
 * Every zip of `osls package` in AWS's own runtime client, wall time: from the start of its process to the first wait for
 * an event, its first call, and a later one. All are called with a review, by a Parameter Store on loopback: `mutate`
 * answers it, the others refuse it (without a store to ask, or as a failure), which shows what their start costs.
 *
 * @param say where a sentence goes when the runtime client cannot be had; then there are no rows
 */
export async function runtimeRows(say: (line: string) => void): Promise<readonly Row[]> {
  const why = await whyNotRuntimeClient();
  if (why !== undefined) {
    say(`NOT MEASURED: the zips in the Lambda runtime client: ${why}`);
    return [];
  }
  const [service, fake] = await Promise.all([unpackService(), startSsmFake()]);
  try {
    const client = ssmClientFor(fake.url);
    const record = { Name: '/outrigger/bench/clusters/c', Value: '{"defaultTemplates":[]}' };
    await client.send(new PutParameterCommand({ ...record, Type: 'String' }));
    const keys = await generatePathTokenKeys('bench');
    const path = `/v1/mutate/c/${await mintPathToken(keys.privateJwk, 'bench', 'c', 1)}`;
    const env = {
      AWS_ENDPOINT_URL: fake.url,
      OUTRIGGER_FLEET: 'bench',
      OUTRIGGER_TABLE: 'canaries',
      OUTRIGGER_PATH_KEYS: JSON.stringify({ keys: [keys.publicJwk] }),
    };
    const event = httpApiEvent({ path, body: reviewText({ containers: 1, env: 5 }) });
    const rows: Row[] = [];
    for (const [name, of] of service.functions) {
      const seen: Times[] = [];
      for (let i = 0; i < ENVIRONMENTS; i++) seen.push(await measure(of, env, event));
      const middle = (pick: (times: Times) => number): number => median(seen.map(pick));
      const named = (what: string): string => `${name}.zip in the Lambda runtime client, ${what}`;
      rows.push(
        { name: named('start to first wait'), value: middle((t) => t.initMs), unit: 'ms' },
        { name: named('first call'), value: middle((t) => t.firstMs), unit: 'ms' },
        { name: named('warm call'), value: middle((t) => t.warmMs), unit: 'ms' },
      );
    }
    return rows;
  } finally {
    fake.close();
    await service.remove();
  }
}

async function measure(of: PackagedFunction, env: Record<string, string>, event: unknown): Promise<Times> {
  const runtime = await startLambdaRuntime({ ...of, env });
  try {
    const call = async (): Promise<number> => {
      const started = performance.now();
      await runtime.invoke(event).catch((error: unknown) => {
        if (!(error instanceof FunctionError)) throw error;
      });
      return performance.now() - started;
    };
    const firstMs = await call();
    const warm: number[] = [];
    for (let i = 0; i < WARM_CALLS; i++) warm.push(await call());
    return { initMs: runtime.initMs, firstMs, warmMs: median(warm) };
  } finally {
    await runtime.stop();
  }
}
