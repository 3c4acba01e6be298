import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { portOf } from '../real/support/loopback-app.ts';
import { canaryOf } from '../support/canaries.ts';
import { type LocalGateway, ok, startLocalGateway } from '../support/local-gateway.ts';
import { outrigger, type Run } from '../support/outrigger.ts';

let gateway: LocalGateway;
beforeAll(async () => {
  gateway = await startLocalGateway([canaryOf({ past: true })]);
});
afterAll(async () => await gateway.close());

const run = async (...args: string[]): Promise<Run> => await gateway.run(...args);
const setWeight = async (percent: string, ...more: string[]): Promise<Run> =>
  await run('canary', 'set-weight', 'cart', percent, '-n', 'shop', ...more);

test('the line is stopped, and goes on: kubectl’s sentences', async () => {
  expect((await setWeight('10')).code).toBe(0);
  const stop = ['freeze', '--reason', 'incident 4711', '-n', 'shop'];
  expect(await run(...stop)).toEqual(ok('freeze.outrigger.dev/stop-the-line created\n'));
  expect(await run(...stop)).toEqual(ok('freeze.outrigger.dev/stop-the-line unchanged\n'));
  expect(await run(...stop, '--until', '2099-01-01T00:00:00Z')).toEqual(
    ok('freeze.outrigger.dev/stop-the-line configured\n'),
  );
  const refused = await setWeight('20');
  expect([refused.code, refused.stdout]).toEqual([1, '']);
  expect(refused.stderr).toMatch(/^Error from server \(Frozen\): canaries\.outrigger\.dev "cart" cannot be changed/);
  expect(refused.stderr).toContain('is frozen until 2099-01-01T00:00:00.000Z (freeze stop-the-line): incident 4711');
  expect((await setWeight('5')).code).toBe(0);
  expect((await setWeight('8', '--force', '--reason', 'hotfix')).code).toBe(0);
  expect(await run('unfreeze', '-n', 'shop')).toEqual(
    ok('freeze.outrigger.dev "stop-the-line" deleted from shop namespace\n'),
  );
  expect((await setWeight('20')).code).toBe(0);
  const missing = await run('unfreeze', '-n', 'shop');
  expect([missing.code, missing.stderr]).toEqual([
    1,
    'Error from server (NotFound): freezes.outrigger.dev "stop-the-line" not found\n',
  ]);
});

describe('a deletion whose response is lost', () => {
  const missing = (name: string): string => {
    const details = { name, kind: 'freezes', group: 'outrigger.dev' };
    const message = `freezes.outrigger.dev "${name}" not found`;
    return JSON.stringify({ kind: 'Status', status: 'Failure', reason: 'NotFound', message, details, code: 404 });
  };

  /** Runs `unfreeze` against an API whose first so many responses are cut, and which then has no such freeze. */
  async function unfreeze(cut: number, found = missing('stop-the-line')): Promise<Run> {
    let asked = 0;
    const server = http.createServer((request, response) => {
      if (++asked <= cut) request.socket.destroy();
      else response.writeHead(404, { 'content-type': 'application/json' }).end(found);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const run = await outrigger(['unfreeze', '-n', 'shop', '--url', `http://127.0.0.1:${portOf(server)}`]);
    server.close();
    return run;
  }

  test('is done where the freeze is gone at the next attempt', async () => {
    expect(await unfreeze(1)).toEqual(ok('freeze.outrigger.dev "stop-the-line" deleted from shop namespace\n'));
  });

  test.each([
    ['at the first attempt', 0, missing('stop-the-line')],
    ['of another name', 1, missing('prod')],
    ['that is none of the API', 1, '{"message":"no route"}'],
  ])('is refused by a 404 %s', async (_how, cut, found) => {
    const run = await unfreeze(cut, found);
    expect([run.code, run.stdout]).toEqual([1, '']);
    expect(run.stderr).toMatch(/^Error from server/);
  });
});

test('a list shows all that can hold a namespace, wherever it stands', async () => {
  expect(await run('freeze', 'list', '-n', 'web')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'No freezes found for web namespace.\n',
  });
  const xmas = [
    'apiVersion: outrigger.dev/v1alpha1',
    'kind: Freeze',
    'metadata: { name: xmas }',
    'spec:',
    '  reason: christmas',
    '  windows:',
    '    - { start: 2020-12-24T18:00, duration: 2d, timeZone: Europe/Berlin, recurrence: FREQ=YEARLY;COUNT=2 }',
    '---',
    'apiVersion: outrigger.dev/v1alpha1',
    'kind: Freeze',
    'metadata: { name: moving, namespace: web }',
    'spec:',
    '  reason: we move house',
    '  until: 2099-01-01T00:00:00Z',
  ].join('\n');
  await writeFile(join(gateway.root, 'freezes.yaml'), xmas);
  expect(await run('freeze', '-f', join(gateway.root, 'freezes.yaml'), '-n', 'web')).toEqual(
    ok('freeze.outrigger.dev/xmas created\nfreeze.outrigger.dev/moving created\n'),
  );
  expect((await run('freeze', 'all', '--fleet', '--reason', 'fleet-wide')).code).toBe(0);
  expect((await run('freeze', 'here', '-A', '--reason', 'whole cluster')).code).toBe(0);
  expect((await run('freeze', '--reason', 'other', '-n', 'other')).code).toBe(0);
  const lines = (listed: Run): readonly (readonly string[])[] =>
    listed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {3,}/));
  expect(lines(await run('freeze', 'list', '-n', 'web'))).toEqual([
    ['NAME', 'FOR', 'IN FORCE', 'UNTIL', 'REASON', 'BY'],
    ['all', 'fleet', 'yes', '<deleted>', 'fleet-wide', 'local'],
    ['here', 'cluster local', 'yes', '<deleted>', 'whole cluster', 'local'],
    ['moving', 'namespace web', 'yes', '2099-01-01T00:00:00.000Z', 'we move house', 'local'],
    ['xmas', 'namespace web', 'no', '<none>', 'christmas', 'local'],
  ]);
  const namesIn = async (...args: string[]): Promise<readonly unknown[]> =>
    lines(await run('freeze', 'list', ...args))
      .slice(1)
      .map(([name]) => name);
  expect(await namesIn('-A')).toEqual(['all', 'here', 'stop-the-line', 'moving', 'xmas']);
  expect(await namesIn('--fleet')).toEqual(['all']);
  const json = JSON.parse((await run('freeze', 'get', 'here', '-A', '-o', 'json')).stdout);
  expect(json).toMatchObject({ kind: 'Freeze', status: { scope: 'Cluster', inForce: true } });
  expect((await run('freeze', 'get', 'all', '--fleet')).stdout).toContain('fleet-wide');
  expect((await setWeight('1')).code).toBe(0);
  expect((await setWeight('2')).stderr).toMatch(/is frozen until it is deleted/);
  expect((await run('unfreeze', 'all', '--fleet')).stdout).toBe('freeze.outrigger.dev "all" deleted from the fleet\n');
  expect((await run('unfreeze', 'here', '-A')).stdout).toBe(
    'freeze.outrigger.dev "here" deleted from the Kubernetes cluster\n',
  );
  expect((await setWeight('2')).code).toBe(0);
});

describe('what is wrong is said', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['no reason', ['freeze'], /^error: a freeze needs --reason/],
    [
      'two places',
      ['freeze', '--reason', 'a', '-A', '--fleet'],
      /^error: a freeze has one place: take one of -n, -A and --fleet/,
    ],
    ['a namespace and the fleet', ['unfreeze', '-n', 'shop', '--fleet'], /^error: a freeze has one place/],
    ['a strange end', ['freeze', '--reason', 'a', '--until', 'tomorrow'], /^error: --until must be a time/],
    [
      'a local end',
      ['freeze', '--reason', 'a', '--until', '2026-12-24'],
      /^The Freeze "stop-the-line" is invalid:\n\* spec\.until: must be a time of RFC 3339/,
    ],
    [
      'a file and a reason',
      ['freeze', '-f', 'x.yaml', '--reason', 'a'],
      /^error: with -f the file says name, reason and end/,
    ],
    ['no file', ['freeze', '-f', '/nowhere.yaml'], /^error: there is no file \/nowhere\.yaml/],
    ['a bad name', ['freeze', 'A', '--reason', 'a'], /^Error from server \(BadRequest\): the name in the path/],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
  });

  test.each([
    ['kind: Canary', /holds a document that is no Freeze/],
    ['kind: Freeze', /metadata\.name is missing/],
    ['', /holds no freeze/],
    [
      '{ kind: Freeze, metadata: { name: a, namespace: web } }',
      /a is of namespace web, and the options name shop namespace/,
    ],
  ])('in a file: %s', async (text, message) => {
    await writeFile(join(gateway.root, 'wrong.yaml'), text);
    const { code, stderr } = await run('freeze', '-f', join(gateway.root, 'wrong.yaml'), '-n', 'shop');
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });
});

test('an end may be a time from now', async () => {
  const before = Date.now();
  expect((await run('freeze', 'soon', '--reason', 'a', '--until', '1h30m')).code).toBe(0);
  const freeze = JSON.parse((await run('freeze', 'get', 'soon', '-o', 'json')).stdout);
  const left = Date.parse(freeze.spec.until) - before;
  expect(left).toBeGreaterThanOrEqual(5_400_000);
  expect(left).toBeLessThan(5_400_000 + 60_000);
});
