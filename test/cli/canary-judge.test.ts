import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judgeEvidence } from '../../infra/cli/canary/judge/judge-evidence.ts';
import { linesOf } from '../../infra/cli/canary/judge/lines.ts';
import { parseJudged } from '../../infra/cli/canary/judge/parse-judged.ts';
import { outrigger } from '../support/outrigger.ts';

const STEP = {
  weight: 0.2,
  seconds: 20,
  windows: 4,
  canaryBadWindows: 4,
  responses: { stable: 241, canary: 73 },
  bad: { stable: 2, canary: 10 },
};
const EVIDENCE = {
  config: { confidence: 0.99, minimum: { time: 60, responses: 50 } },
  plan: [0.2, 0.5, 1],
  step: 0,
  now: 1_764_000_000,
  baseline: { seconds: 120, responses: 1_800, bad: 14 },
  steps: [STEP],
  proxies: null,
};
const CONVICTED = 'canary 10 of 73 bad, stable 2 of 241: at least 1.9x at 99 %, E = 2,400 of 100 needed: convicted';
let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'outrigger-judge-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

async function file(name: string, text: string): Promise<string> {
  const path = join(root, name);
  await writeFile(path, text);
  return path;
}
const judge = async (text: string, ...args: string[]) =>
  await outrigger(['canary', 'judge', '-f', await file('evidence', text), ...args]);
const judged = (value: unknown) => {
  const parsed = parseJudged(value);
  if (!parsed.valid) throw new Error(JSON.stringify(parsed.faults));
  return judgeEvidence(parsed.value);
};

describe('outrigger canary judge', () => {
  test('prints the sentence, from JSON or YAML', async () => {
    expect(await judge(JSON.stringify(EVIDENCE))).toEqual({ code: 0, stdout: `${CONVICTED}\n`, stderr: '' });
    const yaml = `plan: [0.2, 1]\nstep: 0\nsteps: [${JSON.stringify(STEP)}]\n`;
    expect((await judge(yaml)).stdout).toBe(`${CONVICTED}\n`);
  });

  test('the example of docs/verdict.md is judged as it stands there', async () => {
    const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'verdict.md'), 'utf8');
    const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    expect((await judge(example)).stdout).toBe(`${CONVICTED}\n`);
    expect(page).toContain(CONVICTED);
  });

  test('-o json prints the verdict', async () => {
    const { stdout, code } = await judge(JSON.stringify(EVIDENCE), '-o', 'json');
    expect(code).toBe(0);
    const verdict: unknown = JSON.parse(stdout);
    expect(verdict).toEqual({
      decision: 'convict',
      why: 'errors',
      logE: expect.closeTo(7.813, 2),
      logEErrors: expect.closeTo(7.813, 2),
      logELatency: 0,
      sentence: CONVICTED,
    });
  });

  test('another policy gives another verdict', () => {
    expect(judged({ ...EVIDENCE, config: { confidence: 0.9999 } })).toMatchObject({ decision: 'hold' });
    expect(judged({ ...EVIDENCE, config: { tolerance: 5 } }).decision).not.toBe('convict');
    expect(judged({ ...EVIDENCE, config: { sticky: true } })).toMatchObject({ decision: 'hold' });
    const [over] = [{ ...STEP, bad: { stable: 2, canary: 1 }, seconds: 100 }];
    expect(
      judged({ ...EVIDENCE, steps: [over], config: { maximum: { time: 90 }, inconclusive: 'Abort' } }),
    ).toMatchObject({
      decision: 'abort',
      why: 'inconclusive',
    });
  });

  test('windows weigh the bad responses of their step, and one alone does not convict', () => {
    const quiet = { stable: { responses: 60, bad: 0 }, canary: { responses: 18, bad: 0 } };
    const window = (step: number, canary: number, stable: number) => ({
      ...{ step, weight: step === -1 ? 0 : 0.2, seconds: 5 },
      ...{ ...quiet, stable: { responses: 60, bad: stable }, canary: { responses: 18, bad: canary } },
    });
    const one = [window(0, 8, 2), window(0, 1, 0), window(0, 1, 0), window(0, 0, 0)];
    expect(judged({ ...EVIDENCE, windows: one })).toMatchObject({ decision: 'hold' });
    const bursts = [0, 0, 30, 0, 0, 0, 30, 0, 0, 0].map((stable) => window(-1, 0, stable));
    const spread = [window(0, 3, 1), window(0, 3, 0), window(0, 2, 1), window(0, 2, 0)];
    const plain = judged({ ...EVIDENCE, windows: spread });
    expect(judged({ ...EVIDENCE, windows: [...bursts, ...spread] }).logE).toBeLessThan(plain.logE);
  });

  test('proxies and response times are judged', () => {
    const proxies = [10, 0].map((c, i) => ({ id: `p${i}`, steps: [{ c, s: 1, nc: 40, ns: 120 }] }));
    expect(judged({ ...EVIDENCE, proxies })).toMatchObject({ decision: 'hold', why: 'lone' });
    const latency = [{ quantiles: [0.5], boundsStable: [20], boundsCanary: [24], cells: [{ c: 73, s: 121 }] }];
    const slow = { ...EVIDENCE, steps: [{ ...STEP, bad: { stable: 0, canary: 0 } }], latency };
    expect(judged(slow)).toMatchObject({ logEErrors: expect.closeTo(0, 9) });
    expect(judged(slow).logELatency).toBeGreaterThan(1);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['an unknown field', { more: 1 }, 'more: unknown field; known are config, plan, step'],
    ['an unknown field of the policy', { config: { alpha: 1 } }, 'config.alpha: unknown field'],
    ['a confidence of 1', { config: { confidence: 1 } }, 'config.confidence: must be a number from 0.5 to 0.999999'],
    ['a plan that falls', { plan: [0.5, 0.2] }, 'plan: must be shares above 0 that rise, at most 1'],
    ['a step that is not there', { step: 1 }, 'step: must be below 1, the number of steps'],
    ['another weight', { steps: [{ ...STEP, weight: 0.1 }] }, 'steps[0].weight: must be 0.2, as in the plan'],
    [
      'a text for a count',
      { steps: [{ ...STEP, windows: '4' }] },
      'steps[0].windows: must be a whole number from 0 to',
    ],
    [
      'more bad than responses',
      { steps: [{ ...STEP, bad: { stable: 0, canary: 74 } }] },
      'steps[0].bad.canary: must be at most the responses',
    ],
    ['no steps', { steps: [] }, 'steps: must be a list of 1 to 64 steps'],
    [
      'bounds for other quantiles',
      { latency: [{ quantiles: [0.5], boundsStable: [], boundsCanary: [], cells: [] }] },
      'latency[0]: must have as many',
    ],
    [
      'a window of a step before',
      {
        windows: [0, -1].map((step) => ({
          step,
          weight: step === 0 ? 0.2 : 0,
          seconds: 5,
          stable: { responses: 1, bad: 0 },
          canary: { responses: 0, bad: 0 },
        })),
      },
      'windows[1].step: must not be below',
    ],
  ])('%s is refused, with its path', async (_, change, message) => {
    const { code, stdout, stderr } = await judge(JSON.stringify({ ...EVIDENCE, ...change }));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('a file that is none is refused', async () => {
    expect((await judge('')).stderr).toMatch(/holds 0 documents; one is judged at a time, or lines with --stream/);
    expect((await judge('[1]')).stderr).toMatch(/must be an object with plan, step and steps/);
    expect((await outrigger(['canary', 'judge'])).stderr).toContain('name evidence with -f FILE, or use --stream');
    const gone = await outrigger(['canary', 'judge', '--stream', '-f', join(root, 'gone')]);
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no file') });
  });
});

describe('--stream', () => {
  test('a line in, a line out; a bad line is told with its number, and the stream goes on', async () => {
    const lines = [
      JSON.stringify(EVIDENCE),
      '',
      '{"plan":',
      JSON.stringify({ ...EVIDENCE, step: 9 }),
      JSON.stringify(EVIDENCE),
    ];
    const { code, stdout } = await judge(`${lines.join('\n')}\n`, '--stream');
    const out: unknown[] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(1);
    expect(out).toEqual([
      expect.objectContaining({ decision: 'convict', sentence: CONVICTED }),
      { line: 3, error: 'is no JSON' },
      { line: 4, error: 'step: must be below 1, the number of steps' },
      expect.objectContaining({ decision: 'convict' }),
    ]);
  });

  test('exits with 0 where every line is judged', async () => {
    const piped = await outrigger(['canary', 'judge', '--stream'], { stdin: `${JSON.stringify(EVIDENCE)}\n` });
    expect(piped).toMatchObject({ code: 0, stdout: expect.stringContaining(CONVICTED) });
    expect((await judge(JSON.stringify(EVIDENCE), '--stream')).code).toBe(0);
    expect((await judge(JSON.stringify(EVIDENCE), '--stream', '-o', 'yaml')).stderr).toContain('leave -o yaml out');
  });

  test('nesting without end is a line that is no JSON', async () => {
    const { stdout } = await judge('['.repeat(100_000), '--stream');
    expect(JSON.parse(stdout)).toEqual({ line: 1, error: 'is no JSON' });
  });

  test('a line that is too long is passed over, however it comes', async () => {
    async function* chunks() {
      yield 'ab\nabc';
      yield 'defgh';
      yield 'ijk\n\n';
      yield 'xy';
    }
    const found = [];
    for await (const line of linesOf(chunks(), 10)) found.push(line);
    expect(found).toEqual([
      { number: 1, text: 'ab' },
      { number: 2, text: undefined },
      { number: 4, text: 'xy' },
    ]);
  });
});
