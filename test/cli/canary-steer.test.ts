import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseCanary } from '../../functions/canary/document/parse-canary.ts';
import { createFileStore } from '../../functions/table/sqlite/file-store.ts';
import { canaryOf, manifestOf } from '../support/canaries.ts';
import { type LocalGateway, startLocalGateway } from '../support/local-gateway.ts';
import type { Run } from '../support/outrigger.ts';

const STEPS = [{ setWeight: 10 }, { pause: {} }, { setWeight: 50 }];
let gateway: LocalGateway;
let count = 0;
/** The canary of a test. */
let name = '';

beforeAll(async () => {
  gateway = await startLocalGateway();
});
afterAll(async () => await gateway.close());

/** A canary that proxies have known for long. */
beforeEach(async () => {
  name = `cart-${++count}`;
  const parsed = parseCanary(manifestOf({ service: { name, port: 8080 }, strategy: { steps: STEPS } }, { name }));
  if (!parsed.valid) throw new Error(JSON.stringify(parsed.faults));
  const store = createFileStore(join(gateway.stateDir, 'canaries'));
  const signal = AbortSignal.timeout(10_000);
  const resourceVersion = String((await store.readHead('local', signal)) + 1);
  const uid = `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
  const past = canaryOf({ past: true, metadata: { name, uid, resourceVersion }, status: { phase: 'Initialized' } });
  const { spec } = parsed.value;
  const targets = past.status.targets.map((target) => ({ ...target, service: spec.service }));
  const audit = { time: '2026-11-22T12:00:00.000Z', who: 'local', verb: 'create', resourceVersion } as const;
  await store.create('local', { ...past, spec, status: { ...past.status, targets } }, { audit }, signal);
  store.close();
});

/** Runs `outrigger canary VERB NAME …`. */
async function canary(verb: string, ...args: string[]): Promise<Run> {
  return await gateway.run('canary', verb, name, '-n', 'shop', ...args);
}
const done = (what: string): Partial<Run> => ({ code: 0, stdout: `canary.outrigger.dev/${name} ${what}\n` });
const columns = ({ stdout }: Run): readonly (readonly string[])[] =>
  stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(/ {3,}/));

describe('a release by its strategy', () => {
  test('is walked by commands, which say what is done as kubectl does, and leave who and why in the history', async () => {
    expect(await canary('start', '--reason', 'v2')).toMatchObject(done('started'));
    expect(columns(await canary('get'))).toEqual([
      [name, `${name}:8080`, 'Progressing', 'Baseline', '0/4', '0%', expect.any(String)],
    ]);
    expect(await canary('skip')).toMatchObject(done('step skipped'));
    expect(await canary('pause', '--reason', 'lunch')).toMatchObject(done('paused'));
    const { stdout } = await canary('status');
    expect(stdout).toMatch(/\nRelease: {4}Paused; attempt 1 \(Start\), started \d+s ago\n/);
    expect(stdout).toMatch(/\nStep: {7}1\/4 \(setWeight 10%\), for \d+s\n/);
    expect(stdout).toMatch(/\nPaused: {5}PausedByUser by local, for \d+s: lunch\n/);
    expect(await canary('resume')).toMatchObject(done('resumed'));
    expect(await canary('skip')).toMatchObject(done('step skipped'));
    expect(columns(await canary('get'))[0]?.slice(2, 6)).toEqual(['Progressing', 'Paused', '2/4', '10%']);
    expect(await canary('promote', '--reason', 'looks good')).toMatchObject(done('promoted'));
    expect(await canary('promote', '--full')).toMatchObject(done('fully promoted'));
    expect(columns(await canary('get'))[0]?.slice(2, 6)).toEqual(['Progressing', 'Baking', '4/4', '100%']);
    expect(await canary('skip')).toMatchObject(done('step skipped'));
    expect(await canary('promote')).toMatchObject(done('promoted'));
    expect(columns(await canary('get'))[0]?.slice(2, 6)).toEqual(['Succeeded', 'Promoted', '4/4', '0%']);
    expect(columns(await canary('history')).map((row) => row.slice(1))).toEqual([
      ['promote', '0/100', '100/0', 'Promoted', 'local', '-'],
      ['skip', '0/100', '0/100', 'WaitingPromotion', 'local', '-'],
      ['promote', '50/50', '0/100', '4 Baking', 'local', '-'],
      ['promote', '90/10', '50/50', '3 Progressing', 'local', '-', 'looks good'],
      ['skip', '90/10', '90/10', '2 Paused', 'local', '-'],
      ['resume', '90/10', '90/10', '1 Progressing', 'local', '-'],
      ['pause', '90/10', '90/10', '1 Paused', 'local', '-', 'lunch'],
      ['skip', '100/0', '90/10', '1 Progressing', 'local', '-'],
      ['start', '100/0', '100/0', 'Baseline', 'local', '-', 'v2'],
      ['create', '<none>', '<none>', '-', 'local', '-'],
    ]);
    expect(await canary('wait', '--for=promoted', '--timeout=0')).toMatchObject(done('condition met'));
  });

  test('is undone, or aborted and retried as another attempt', async () => {
    await canary('start');
    expect(await canary('undo', '--reason', 'wrong build')).toMatchObject(done('undone'));
    expect(columns(await canary('get'))[0]?.slice(2, 6)).toEqual(['Initialized', 'Undone', '0/4', '0%']);
    await canary('start');
    expect(await canary('abort', '--reason', 'p99 doubled')).toMatchObject(done('aborted'));
    expect(await canary('wait', '--for', 'promoted')).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: canary "${name}" will not be promoted: it has failed: aborted: p99 doubled\n`,
    });
    expect(await canary('retry', '--reason', 'fixed')).toMatchObject(done('retried'));
    expect((await canary('status')).stdout).toMatch(/\nRelease: {4}Baseline; attempt 2 \(Retry\), /);
    await canary('abort');
    expect((await canary('retry', '--from-step', '9')).stderr).toContain('must be a step of the strategy, 1 to 4');
    expect(await canary('retry', '--from-step', '3')).toMatchObject(done('retried'));
    await canary('skip');
    expect(columns(await canary('get'))[0]?.slice(2, 6)).toEqual(['Progressing', 'Progressing', '3/4', '50%']);
  });
});

describe('what is refused', () => {
  test.each([
    ['promote', 'no release goes on that advances by itself; start begins one'],
    ['resume', 'no release goes on that advances by itself; start begins one'],
    ['retry', 'there is nothing to retry: its phase is Initialized'],
  ])('%s is printed as the API refuses it', async (verb, sentence) => {
    expect(await canary(verb)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Error from server (Conflict): canaries.outrigger.dev "${name}" cannot be changed like this: ${sentence}\n`,
    });
  });

  test.each(['start', 'promote', 'resume', 'skip'])('%s --force wants a reason', async (verb) => {
    const { code, stderr } = await canary(verb, '--force');
    expect([code, stderr]).toEqual([1, 'error: --force needs --reason, for the history\n']);
  });

  test.each([
    ['pause', '--force'],
    ['undo', '--force'],
    ['abort', '--force'],
    ['start', '--full'],
    ['skip', '--full'],
    ['start', '--from-step'],
  ])('%s %s is no option', async (verb, option) => {
    expect(await canary(verb, option, '--reason', 'x')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/unknown option/),
    });
  });
});
