import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { whyNotEnvoy } from './support/envoy.ts';
import { describeReal } from './support/suite.ts';

const DEMO = join(import.meta.dirname, '..', '..', 'infra', 'local', 'demo', 'demo.ts');
/** Of 500 requests at 50 % one standard deviation is 2.2 points. */
const POINTS = 10;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrigger-demo-test-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** Temporary files of its own, and no API server. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, TMPDIR: folder, KUBEBUILDER_ASSETS: join(folder, 'none') };
}

/** Runs the demo; sends it a signal once it has written a text. */
async function runDemo(
  env: NodeJS.ProcessEnv = {},
  interrupt?: { readonly after: string; readonly signal: NodeJS.Signals },
): Promise<{ code: number | null; text: string; left: readonly string[] }> {
  const child = spawn(process.execPath, [DEMO], {
    env: { ...environment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const isNew = interrupt !== undefined && !text.includes(interrupt.after);
      text += chunk;
      if (isNew && text.includes(interrupt.after)) child.kill(interrupt.signal);
    });
  }
  await once(child, 'close');
  return { code: child.exitCode, text, left: await readdir(folder) };
}

/** The weights that a release took by itself, in percent. */
function stepsOf(text: string, name: string): readonly number[] {
  return [...text.matchAll(new RegExp(`^ +\\d+ s {2}${name} +(\\d+) % `, 'gm'))].map(([, weight]) => Number(weight));
}

/** Whether a process is still there; throws where the text names none. */
function isRunning(text: string): boolean {
  const pid = Number(/process (\d+)/.exec(text)?.[1]);
  if (!(pid > 1)) throw new Error('no process is named');
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

await describeReal('npm run demo on a real Envoy', whyNotEnvoy, () => {
  test('walks the release under load, loses no request, and leaves nothing behind', async () => {
    const { code, text, left } = await runDemo();
    expect(text).toMatch(/^0 failed of \d{4,} requests$/m);
    expect(code).toBe(0);
    const plateaus = [
      ...text.matchAll(/^ {3}(\d+)\/(\d+) .* ([\d.]+) \/ *([\d.]+) % of 500 requests; confirmed by 1/gm),
    ];
    expect(plateaus.map(([, stable]) => Number(stable))).toEqual([90, 80, 50, 0]);
    for (const [, , canary, , measured] of plateaus) {
      expect(Math.abs(Number(measured) - Number(canary))).toBeLessThanOrEqual(canary === '100' ? 0 : POINTS);
    }
    for (const percent of [10, 20, 50, 100]) {
      expect(text).toContain(`$ npx outrigger canary set-weight cart ${percent} -n shop\n`);
    }
    expect([left, isRunning(text)]).toEqual([[], false]);
    // The releases that run by themselves.
    expect(text).toMatch(/^ +\d+ s {2}cart {4}promoted$/m);
    expect(stepsOf(text, 'cart')).toEqual([0, 10, 50, 100, 100]);
    expect(text).toMatch(/^ +\d+ s {2}orders {2}aborted: canary \d+ of \d+ bad, stable 0 of .*: convicted$/m);
    expect(stepsOf(text, 'orders').every((weight) => weight < 100)).toBe(true);
    const [, errors = '0', requests = '0'] = /taken back; (\d+) of (\d+) requests saw an error/.exec(text) ?? [];
    expect(Number(errors)).toBeGreaterThanOrEqual(3);
    expect(Number(errors) / Number(requests)).toBeLessThan(0.05);
    expect(text).toMatch(/ 0 of \d+ requests since then reached the bad version$/m);
  });

  test.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ended by %s it takes Envoy and its files along', async (signal, expected) => {
    const { code, text, left } = await runDemo({}, { after: 'requests a second', signal });
    expect(text).toContain('interrupted');
    expect(text).not.toContain('failed of');
    expect([code, left, isRunning(text)]).toEqual([expected, [], false]);
  });
});

test('a reader that goes away ends it', async () => {
  const child = spawn(process.execPath, [DEMO], { env: environment(), stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await once(child, 'close');
  expect([child.exitCode, await readdir(folder)]).toEqual([141, []]);
});

test('without an Envoy it says why, how to give one, and what proxies are answered at every step', async () => {
  const { code, text, left } = await runDemo({ ENVOY_BIN: join(folder, 'envoy') });
  expect(text).toContain(`no Envoy: ENVOY_BIN is ${join(folder, 'envoy')}, which is no program`);
  expect(text).toContain('ENVOY_BIN=/path/to/envoy');
  expect(text).toMatch(/discovery:routes → version \w{8}: at rest, every request goes where it was sent$/m);
  const steps = [
    ...text.matchAll(/discovery:routes → version \w{8}: shop\/cart\/8080\/r1\|stable (\d+), .*\|canary (\d+)$/gm),
  ];
  expect(steps.map(([, ...weights]) => weights.map(Number))).toEqual([
    [90, 10],
    [80, 20],
    [50, 50],
    [0, 100],
  ]);
  expect(text).toContain('Left out without an Envoy: two releases that run by themselves');
  expect(text).not.toContain('failed of');
  expect([code, left]).toEqual([0, []]);
});
