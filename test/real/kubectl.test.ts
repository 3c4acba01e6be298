import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLocalEndpoint } from '../../infra/local/server/endpoint-file.ts';
import { type LocalGateway, startLocalGateway } from '../support/local-gateway.ts';
import { outrigger } from '../support/outrigger.ts';
import { freePort } from './support/free-port.ts';
import { type Ended, type Kubectl, openKubectl, whyNotKubectl } from './support/kubectl.ts';
import { describeReal } from './support/suite.ts';

const manifest = (name: string, more = ''): string => `
apiVersion: outrigger.dev/v1alpha1
kind: Canary
metadata: { name: ${name}, labels: { app: ${name} } }
spec:
  service: { name: ${name}, port: 80 }
  backends:
    - { name: stable, service: ${name}-stable }
    - { name: canary, service: ${name}-canary }
${more}`;

const ok = (stdout: string): Ended => ({ code: 0, stdout, stderr: '' });

/** Whether a watch has printed the whole line of a canary that is being deleted: kubectl writes cell by cell. */
const isDeletionShown = (printed: string): boolean => /Terminating.*\n/.test(printed);

/** Waits for what only the proxies' staging, a matter of seconds, brings. */
const WAIT = ['--timeout=90s'];

await describeReal('kubectl 1.36', whyNotKubectl, () => {
  let gateway: LocalGateway;
  let folder: string;
  let kubectl: Kubectl;
  let watched: Promise<string>;

  beforeAll(async () => {
    gateway = await startLocalGateway();
    folder = await mkdtemp(join(tmpdir(), 'outrigger-kubectl-'));
    const config = join(folder, 'config');
    const { code } = await outrigger([
      ...['kubeconfig', '--state-dir', gateway.stateDir, '--kubeconfig', config],
      ...['--cluster', 'local', '-n', 'shop'],
    ]);
    expect(code).toBe(0);
    kubectl = await openKubectl(join(folder, 'home'), config);
    await writeFile(join(folder, 'cart.yaml'), manifest('cart'));
  });
  afterAll(async () => {
    await gateway?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const file = (): string[] => ['-f', join(folder, 'cart.yaml')];

  describe('by a kubeconfig that `outrigger kubeconfig` wrote, in this order', () => {
    test('version: no skew is warned of', async () => {
      const { stdout, stderr } = await kubectl(['version']);
      expect([stdout, stderr]).toEqual([expect.stringMatching(/^Server Version: v1\.36\.0\+outrigger$/m), '']);
    });

    test('apply --dry-run=server, then create; a typo is refused with its path', async () => {
      expect(await kubectl(['apply', '--dry-run=server', ...file()])).toEqual(
        ok('canary.outrigger.dev/cart created (server dry run)\n'),
      );
      expect(await kubectl(['create', '--save-config', ...file()])).toEqual(ok('canary.outrigger.dev/cart created\n'));
      const odd = await kubectl(['create', '-f', '-'], manifest('pay', '  strategi: {}\n'));
      expect([odd.code, odd.stderr]).toEqual([1, expect.stringContaining('spec.strategi')]);
      watched = kubectl.until(['get', 'cn', 'cart', '-w'], isDeletionShown);
    });

    test('get: the table, wide, by labels, fields and all; the one that is not there', async () => {
      const { stdout } = await kubectl(['get', 'cn']);
      expect(stdout).toMatch(
        /^NAME +SERVICE +PHASE +RELEASE +STEP +WEIGHT +AGE\ncart +cart:80 +Initializing +- +- +0% +\d+s\n$/,
      );
      const wide = await kubectl(['get', 'canaries', '-A', '-l', 'app=cart', '-o', 'wide']);
      expect(wide.stdout).toMatch(
        /^NAMESPACE .* STABLE +CANARY +MESSAGE\nshop .* cart-stable +cart-canary +the proxies/,
      );
      expect(await kubectl(['get', 'cn', '--field-selector', 'metadata.name=cart', '-o', 'name'])).toEqual(
        ok('canary.outrigger.dev/cart\n'),
      );
      expect((await kubectl(['get', 'all'])).stdout).toContain('cart:80');
      expect(await kubectl(['get', 'cn', 'pay'])).toEqual({
        ...{ code: 1, stdout: '' },
        stderr: 'Error from server (NotFound): canaries.outrigger.dev "pay" not found\n',
      });
    });

    test('apply twice: unchanged; diff: nothing', async () => {
      expect(await kubectl(['apply', ...file()])).toEqual(ok('canary.outrigger.dev/cart unchanged\n'));
      expect(await kubectl(['diff', ...file()])).toEqual(ok(''));
    });

    test('apply and diff of a change; what a manifest no longer has goes', async () => {
      await writeFile(join(folder, 'cart.yaml'), manifest('cart', '  exportTo: ["."]\n'));
      const { code, stdout } = await kubectl(['diff', ...file()]);
      expect([code, stdout]).toEqual([1, expect.stringMatching(/^- {2}- '\*'\n\+ {2}- \.$/m)]);
      expect(await kubectl(['apply', ...file()])).toEqual(ok('canary.outrigger.dev/cart configured\n'));
      const exported = ['get', 'cn', 'cart', '-o', 'jsonpath={.spec.exportTo[0]}'];
      expect(await kubectl(exported)).toEqual(ok('.'));
      await writeFile(join(folder, 'cart.yaml'), manifest('cart'));
      await kubectl(['apply', ...file()]);
      expect(await kubectl(exported)).toEqual(ok('*'));
    });

    test('patch, label and annotate', async () => {
      expect((await kubectl(['patch', 'cn', 'cart', '--type=merge', '-p', '{"spec":{"group":"g"}}'])).code).toBe(0);
      const remove = '[{"op":"remove","path":"/spec/group"}]';
      expect((await kubectl(['patch', 'cn', 'cart', '--type=json', '-p', remove])).code).toBe(0);
      expect(await kubectl(['label', 'cn', 'cart', 'tier=web'])).toEqual(ok('canary.outrigger.dev/cart labeled\n'));
      expect((await kubectl(['annotate', 'cn', 'cart', 'note=a b'])).code).toBe(0);
      const { code, stderr } = await kubectl(['patch', 'cn', 'cart', '-p', '{}']);
      expect([code, stderr]).toEqual([1, expect.stringContaining('the content type must be')]);
    });

    test('explain: from the schema that parses', async () => {
      const { stdout } = await kubectl(['explain', 'canary.spec.backends.port']);
      expect(stdout).toMatch(/FIELD: port <integer>[\s\S]*The Pods' own port/);
      expect((await kubectl(['explain', 'canary', '--recursive'])).stdout).toContain('currentStepIndex');
    });

    test('wait: a state that time brings, and one that is there', async () => {
      expect(await kubectl(['wait', 'cn/cart', '--for=jsonpath={.status.phase}=Initialized', ...WAIT])).toEqual(
        ok('canary.outrigger.dev/cart condition met\n'),
      );
      expect((await kubectl(['wait', 'cn/cart', '--for=jsonpath={.metadata.labels.tier}=web', ...WAIT])).code).toBe(0);
      const never = await kubectl(['wait', 'cn/cart', '--for=jsonpath={.status.phase}=Failed', '--timeout=2s']);
      expect([never.code, never.stderr]).toEqual([1, expect.stringContaining('timed out waiting')]);
    });

    test('describe: conditions and events; events alone', async () => {
      const { stdout } = await kubectl(['describe', 'cn', 'cart']);
      expect(stdout).toMatch(/Phase: +Initialized[\s\S]*Events:[\s\S]*Normal +Create .*outrigger +100\/0 by local/);
      expect((await kubectl(['get', 'events'])).stdout).toMatch(
        /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n.*canary\/cart/,
      );
      expect((await kubectl(['events', '--for', 'canary/cart'])).stdout).toContain('Update');
    });

    test('--as is refused', async () => {
      const { code, stderr } = await kubectl(['get', 'cn', '--as', 'eve']);
      expect([code, stderr]).toEqual([1, expect.stringContaining('impersonation is not supported')]);
    });

    test('delete: it waits until the canary is gone, and get -w has seen all of it', async () => {
      const { code, stderr } = await kubectl(['delete', ...file(), ...WAIT]);
      expect([code, stderr]).toEqual([0, '']);
      expect((await kubectl(['get', 'cn', 'cart'])).code).toBe(1);
      const phases = (await watched).split('\n').map((line) => line.split(/ +/)[2]);
      expect(phases[0]).toBe('PHASE');
      expect([...new Set(phases.slice(1, -1))]).toEqual(['Initializing', 'Initialized', 'Terminating']);
    });
  });

  describe('by outrigger proxy, over TLS with its token', () => {
    let proxy: ChildProcess;
    let behind: Kubectl;

    beforeAll(async () => {
      const url = (await readLocalEndpoint(gateway.stateDir))?.url ?? '';
      const port = String(await freePort());
      const dir = ['--proxy-dir', join(folder, 'proxy'), '--port', port];
      // What a URL of AWS would lead to; the API behind the proxy is that of npm start.
      const aws = ['--url', 'https://abc.execute-api.eu-central-1.amazonaws.com'];
      const config = join(folder, 'proxied');
      const write = ['kubeconfig', ...aws, ...dir, '--kubeconfig', config, '--cluster', 'local', '-n', 'shop'];
      expect((await outrigger(write)).code).toBe(0);
      proxy = spawn(process.execPath, ['infra/cli/bin.mjs', 'proxy', '--url', url, ...dir]);
      await once(proxy.stdout ?? proxy, 'data');
      behind = await openKubectl(join(folder, 'home'), config);
    });
    afterAll(() => void proxy?.kill());

    test('create, watch, wait in silence, delete', async () => {
      expect(await behind(['create', '-f', '-'], manifest('pay'))).toEqual(ok('canary.outrigger.dev/pay created\n'));
      const seen = behind.until(['get', 'cn', '-w'], isDeletionShown);
      const labelled = behind(['wait', 'cn/pay', '--for=jsonpath={.metadata.labels.tier}=db', ...WAIT]);
      expect((await behind(['label', 'cn', 'pay', 'tier=db'])).code).toBe(0);
      expect(await labelled).toEqual(ok('canary.outrigger.dev/pay condition met\n'));
      expect((await behind(['delete', 'cn', 'pay', '--wait=false'])).code).toBe(0);
      expect(await seen).toMatch(/^NAME .*\npay .* Initializing [\s\S]*\npay .* Terminating /);
    });
  });
});
