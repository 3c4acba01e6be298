import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { canaryOf, manifestOf, specOf } from '../support/canaries.ts';
import { type LocalGateway, ok, startLocalGateway } from '../support/local-gateway.ts';
import type { Run } from '../support/outrigger.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'infra', 'cli', 'main.ts');
const CART = { service: { name: 'pay', port: 80 } };
let gateway: LocalGateway;
let child: ChildProcess | undefined;

beforeAll(async () => {
  const fine = canaryOf({
    past: true,
    metadata: {
      name: 'fine',
      namespace: 'web',
      uid: '00000000-0000-4000-8000-000000000002',
      resourceVersion: '2',
    },
    status: { weights: { stable: 10_000, canary: 0 } },
  });
  // One that proxies have known for long: the cart.
  gateway = await startLocalGateway([canaryOf({ past: true }), { ...fine, spec: specOf({ totalWeight: 10_000 }) }]);
  await writeFile(join(gateway.root, 'pay.yaml'), stringify(manifestOf(CART, { name: 'pay' })));
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await gateway.close();
});

/** Runs `outrigger canary …` against the gateway's state folder. */
async function canary(...args: string[]): Promise<Run> {
  return await gateway.run('canary', ...args);
}
/** No proxy polls here, so none tells whether the backends have Pods. */
const okUnknown = (stdout: string): unknown => ({
  code: 0,
  stdout,
  stderr: expect.stringMatching(
    /^Warning: whether both backends have healthy Pods is not known: no proxy has told .*\n$/,
  ),
});
const refused = (stderr: unknown): unknown => ({ code: 1, stdout: '', stderr });

describe('over HTTP, a manifest', () => {
  test('is created, unchanged, configured', async () => {
    const file = join(gateway.root, 'pay.yaml');
    expect(await canary('apply', '-f', file, '--dry-run', 'server')).toEqual(
      ok('canary.outrigger.dev/pay created (server dry run)\n'),
    );
    expect(await canary('apply', '-f', file)).toEqual(ok('canary.outrigger.dev/pay created\n'));
    expect(await canary('apply', '-f', file)).toEqual(ok('canary.outrigger.dev/pay unchanged\n'));
    await writeFile(
      join(gateway.root, 'pay2.yaml'),
      stringify(manifestOf({ ...CART, mirror: { percentage: 5 } }, { name: 'pay' })),
    );
    expect(await canary('apply', '-f', join(gateway.root, 'pay2.yaml'))).toEqual(
      ok('canary.outrigger.dev/pay configured\n'),
    );
  });

  test('of several files is taken whole, or not at all where one is no manifest', async () => {
    const files: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      files.push(join(gateway.root, `${name}.yaml`));
      await writeFile(
        join(gateway.root, `${name}.yaml`),
        stringify(manifestOf({ service: { name, port: 80 } }, { name })),
      );
    }
    const flags = files.flatMap((file) => ['-f', file]);
    await writeFile(join(gateway.root, 'pod.yaml'), stringify({ kind: 'Pod' }));
    expect(await canary('apply', ...flags, '-f', join(gateway.root, 'pod.yaml'))).toEqual(
      refused(expect.stringContaining('only a Canary can be applied')),
    );
    expect(await canary('apply', ...flags)).toEqual(
      ok(['one', 'two', 'three'].map((name) => `canary.outrigger.dev/${name} created\n`).join('')),
    );
    expect(await canary('delete', 'one', 'two', 'three', '-n', 'shop')).toMatchObject({ code: 0 });
  });

  test('with faults is refused as kubectl prints them', async () => {
    const file = join(gateway.root, 'odd.yaml');
    await writeFile(file, stringify(manifestOf({ totalWeight: 7, steps: [] })));
    expect(await canary('apply', '-f', file)).toEqual(
      refused(
        expect.stringMatching(
          /^The Canary "cart" is invalid:\n\* spec\.steps: unknown field; .*\n\* spec\.totalWeight: must be .*\n$/,
        ),
      ),
    );
    await writeFile(file, stringify({ kind: 'Pod' }));
    expect(await canary('apply', '-f', file)).toEqual(refused(expect.stringContaining('only a Canary can be applied')));
  });

  test('goes where its namespace says, or nowhere', async () => {
    expect(await canary('apply', '-f', join(gateway.root, 'pay.yaml'), '-n', 'web')).toEqual(
      refused(expect.stringContaining('"shop" does not match the namespace "web"')),
    );
  });
});

describe('a release', () => {
  test('is walked by commands, and can be read in every form', async () => {
    expect(await canary('set-weight', 'cart', '20', '-n', 'shop', '--reason', 'quiet hours')).toEqual(
      okUnknown('canary.outrigger.dev/cart weights set: stable 80%, canary 20%\n'),
    );
    const table = await canary('get', 'cart', '-n', 'shop');
    expect(table.stdout).toMatch(
      /^NAME +SERVICE +PHASE +RELEASE +STEP +WEIGHT +AGE\ncart +cart:8080 +Progressing +- +- +20% +\S+\n$/,
    );
    expect((await canary('list', '-A')).stdout).toMatch(/^NAMESPACE +NAME .*\nshop +cart +cart:8080 /);
    expect((await canary('get', '-n', 'shop', '-o', 'name')).stdout).toContain('canary.outrigger.dev/cart\n');
    expect(JSON.parse((await canary('get', 'cart', '-n', 'shop', '-o', 'json')).stdout)).toMatchObject({
      status: { weights: { stable: 80, canary: 20 } },
    });
    expect(await canary('abort', 'cart', '-n', 'shop', '--reason', 'p99 doubled')).toEqual(
      ok('canary.outrigger.dev/cart aborted\n'),
    );
    expect(await canary('set-weight', 'cart', '50', '-n', 'shop')).toEqual(
      refused(expect.stringMatching(/^Error from server \(Conflict\): .*it was aborted; retry it/)),
    );
    expect(await canary('retry', 'cart', '-n', 'shop')).toEqual(ok('canary.outrigger.dev/cart retried\n'));
    const history = await canary('history', 'cart', '-n', 'shop');
    expect(history.stdout.split('\n').map((line) => line.split(/ {3,}/).slice(1))).toEqual([
      ['VERB', 'FROM', 'TO', 'STEP', 'WHO', 'VERDICT', 'REASON'],
      ['retry', '100/0', '100/0', '-', 'local', '-'],
      ['abort', '80/20', '100/0', '-', 'local', '-', 'p99 doubled'],
      ['setWeights', '100/0', '80/20', '-', 'local', '-', 'quiet hours'],
      ['create', '<none>', '<none>', '-', 'local', '-'],
      [],
    ]);
  });

  test('in hundredths of a percent is printed as it was typed', async () => {
    expect(await canary('set-weight', 'fine', '64.1', '-n', 'web')).toEqual(
      okUnknown('canary.outrigger.dev/fine weights set: stable 35.9%, canary 64.1%\n'),
    );
    expect((await canary('get', 'fine', '-n', 'web')).stdout).toMatch(/fine +cart:8080 .* 64\.1% /);
  });

  test.each([
    ['1.5', 'counts in whole percents'],
    ['101', 'must be a number from 0 to 100'],
    ['lots', 'must be a number from 0 to 100'],
  ])('of %s percent is refused before anything is sent', async (share, words) => {
    expect(await canary('set-weight', 'cart', share, '-n', 'shop')).toEqual(refused(expect.stringContaining(words)));
  });

  test('is forced past its readiness with a reason only', async () => {
    const forced = ['set-weight', 'fine', '70', '-n', 'web', '--force'];
    expect(await canary(...forced)).toEqual(refused(expect.stringContaining('--force needs --reason')));
    expect((await canary(...forced, '--reason', 'drill')).code).toBe(0);
  });

  test('that is not there is not found', async () => {
    expect(await canary('get', 'none', '-n', 'shop')).toEqual(
      refused('Error from server (NotFound): canaries.outrigger.dev "none" not found\n'),
    );
  });

  test('is watched until the watch is ended', async () => {
    const args = [MAIN, 'canary', 'get', 'cart', '-n', 'shop', '-w', '--state-dir', gateway.stateDir];
    const watch = spawn(process.execPath, args, { stdio: 'pipe' });
    child = watch;
    let seen = '';
    watch.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
    const until = async (words: RegExp): Promise<void> => {
      while (!words.test(seen)) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await until(/cart +cart:8080 +Initialized .* 0% /);
    await canary('set-weight', 'cart', '10', '-n', 'shop');
    await until(/cart +cart:8080 +Progressing .* 10% /);
    watch.kill('SIGINT');
    expect(seen.trimEnd().split('\n')).toHaveLength(3);
  });

  test('is deleted', async () => {
    expect(await canary('delete', 'pay', '-n', 'shop')).toEqual(
      ok('canary.outrigger.dev "pay" deleted from shop namespace\n'),
    );
    expect((await canary('get', 'pay', '-n', 'shop')).stdout).toContain('Terminating');
  });
});

test('without an endpoint a command says how to get one', async () => {
  const { stderr } = await canary('get', '--url', 'http://127.0.0.1:1');
  expect(stderr).toMatch(/^error: cannot connect to http:\/\/127\.0\.0\.1:1 /);
  expect((await canary('get', '--url', 'ftp://x')).stderr).toContain('is no http(s) URL');
});

test('where a canary of a list is of a group, the list has a column for it', async () => {
  const spec = { service: { name: 'till', port: 80 }, group: 'checkout' };
  await writeFile(join(gateway.root, 'till.yaml'), stringify(manifestOf(spec, { name: 'till', namespace: 'tills' })));
  const other = { service: { name: 'scale', port: 80 } };
  await writeFile(
    join(gateway.root, 'scale.yaml'),
    stringify(manifestOf(other, { name: 'scale', namespace: 'tills' })),
  );
  for (const file of ['till', 'scale'])
    expect((await canary('apply', '-f', join(gateway.root, `${file}.yaml`))).code).toBe(0);
  const { stdout } = await canary('list', '-n', 'tills');
  expect(stdout).toMatch(/^NAME +GROUP +SERVICE +PHASE .*\nscale +- +scale:80 .*\ntill +checkout +till:80 .*\n$/);
});
