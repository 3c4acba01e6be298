import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createSsmPublisher } from '../../functions/template-store/ssm/ssm-publisher.ts';
import { outrigger, type Run } from '../support/outrigger.ts';
import { podOf } from '../support/pods.ts';
import { reviewDocument } from '../support/reviews.ts';
import { templateDocument } from '../support/templates.ts';
import { ssmClientFor, ssmHarness } from './ssm-harness.ts';

const FLEET = 'commands';

/** A template with one container, whose tag a Pod may choose. */
const one = (image: string, name = 'one'): Record<string, unknown> =>
  templateDocument(name, {
    parameters: [
      { name: 'tag', type: 'imageTag', default: 'v1' },
      { name: 'level', type: 'enum', values: ['info', 'debug'], default: 'info' },
    ],
    pod: { spec: { containers: [{ name, image: `${image}:$\{tag}`, args: ['--level=${level}', '${owner}'] }] } },
  });

/** What explain, inject and replay promise for a fleet in Parameter Store, wherever that is. */
export function fleetCommandsContract(where: string, endpoint: () => Promise<string>): void {
  describe(`explain, inject and replay against a fleet: ${where}`, () => {
    let root = '';
    let url = '';

    beforeAll(async () => {
      url = await endpoint();
      const client = ssmClientFor(url);
      const harness = ssmHarness(client, FLEET);
      await harness.clear();
      const publisher = createSsmPublisher(client, FLEET, Date.now);
      await publisher.publish('one', one('old'));
      // Each is asked for by the one channel of its newest version: moto finds no others by path (see ssm-store.test.ts).
      await publisher.publish('two', one('old', 'two'));
      await publisher.publish('two', one('new', 'two'));
      await publisher.promote('two', 'canary');
      await harness.putClusterRecord('eu1', { defaultTemplates: ['one'] });
      root = await mkdtemp(join(tmpdir(), 'outrigger-fleet-'));
      const annotations = { 'parameters.outrigger.dev/tag': 'v7' };
      const files = {
        'pod.json': JSON.stringify(podOf({}, { annotations })),
        'reviews/a.json': JSON.stringify(reviewDocument(podOf({}, { annotations }))),
        'candidate.json': JSON.stringify(one('next')),
        'folder/one.json': JSON.stringify(one('old')),
      };
      for (const [file, text] of Object.entries(files)) {
        await mkdir(dirname(join(root, file)), { recursive: true });
        await writeFile(join(root, file), text);
      }
    });
    afterAll(async () => await rm(root, { recursive: true, force: true }));

    const run = async (...args: string[]): Promise<Run> => {
      const fleet = ['--fleet', FLEET, '--region', 'eu-central-1', '--endpoint-url', url];
      const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_EC2_METADATA_DISABLED: 'true' };
      return await outrigger([...args, ...fleet], { cwd: root, env: { HOME: '/nonexistent', ...keys } });
    };
    const changes = (stdout: string): readonly string[] =>
      stdout.split('\n').filter((line) => /^[-+] .*image/.test(line));

    test("explain: the record's templates, with version, channel, reason and parameters", async () => {
      const { code, stdout, stderr } = await run('explain', '-f', 'pod.json', '--cluster', 'eu1');
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout.split('\n')).toEqual([
        'Pod/shop in namespace shop: inject',
        '  why:        the templates were applied (Injected)',
        '  rules:      row 1 does not fit: label outrigger.dev/inject is absent, annotation outrigger.dev/inject is absent',
        '              row 2 does not fit: annotation outrigger.dev/templates is absent',
        '              row 3 does not fit: label outrigger.dev/inject is absent, annotation outrigger.dev/inject is absent',
        '              row 4 does not fit: the cluster record has no neverSelectors',
        '              row 5 fits: policy of the cluster record is "enabled"',
        '  templates:  one@1 from channel stable (a default template of the cluster)',
        '  parameters: tag = v7 (one, annotation)',
        '              level = info (one, default)',
        '  operations: add /metadata/annotations/outrigger.dev~1status',
        '              add /spec/containers/-',
        '',
      ]);
    });

    test('explain with another channel, as YAML', async () => {
      const args = ['--cluster', 'eu1', '--channel', 'canary'];
      const { stdout } = await run('explain', '-f', 'pod.json', ...args, '--template', 'two', '-o', 'yaml');
      const templates = [{ name: 'two', version: '2', channel: 'canary', chosen: 'asked for by --template' }];
      expect(parse(stdout)).toMatchObject([{ cluster: 'eu1', templates }]);
      // That channel has no version of the record's default template.
      const missing = await run('explain', '-f', 'pod.json', ...args);
      expect(missing.stdout).toContain('(DefaultTemplateMissing)');
    });

    test('cluster list', async () => {
      const { code, stdout, stderr } = await run('cluster', 'list');
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout.split('\n').slice(0, 2)).toEqual([
        expect.stringMatching(/^NAME +ENDPOINT +FAILURE-POLICY +EPOCH +CHANNEL +DEFAULT-TEMPLATES$/),
        expect.stringMatching(/^eu1 +<none> +- +1 +- +one$/),
      ]);
      const json = JSON.parse((await run('cluster', 'list', '-o', 'json')).stdout);
      expect(json).toEqual([{ name: 'eu1', isReadable: true, epoch: 1, defaultTemplates: ['one'] }]);
    });

    test('inject', async () => {
      const { stdout } = await run('inject', '-f', 'pod.json', '--cluster', 'eu1');
      expect(stdout).toContain('old:v7');
    });

    test.each<[string, number, string[]]>([
      ['explain', 1, ['explain', '-f', 'pod.json', '--template', 'one']],
      ['explain by another channel', 1, ['explain', '-f', 'pod.json', '--channel', 'canary']],
      ['inject', 1, ['inject', '-f', 'pod.json']],
      ['replay', 2, ['replay', 'reviews', '--candidate', 'candidate.json']],
    ])('%s for a cluster without a record, perhaps a typo, is an error with those that have one', async (_, code, args) => {
      expect(await run(...args, '--cluster', 'eu')).toEqual({
        code,
        stdout: '',
        stderr:
          'error: Kubernetes cluster eu has no record; there are records of eu1; register it with: outrigger cluster register\n',
      });
    });

    test.each<[string, string[], number, readonly string[]]>([
      ['a file', ['candidate.json'], 1, ['-    "image": "old:v7",', '+    "image": "next:v7",']],
      ['a folder that says the same', ['folder'], 0, []],
    ])('replay against %s', async (_, candidate, expected, seen) => {
      const { code, stdout } = await run('replay', 'reviews', '--cluster', 'eu1', '--candidate', ...candidate);
      expect([code, changes(stdout)]).toEqual([expected, seen]);
    });

    test('a fleet without a cluster is refused: nobody would know whose record decides', async () => {
      const { code, stderr } = await run('explain', '-f', 'pod.json');
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: --fleet, .* need --cluster/)]);
    });
  });
}
