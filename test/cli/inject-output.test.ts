import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type InjectFolder, makeInjectFolder } from '../support/inject-folder.ts';

let folder: InjectFolder;

beforeEach(async () => {
  folder = await makeInjectFolder();
});
afterEach(async () => await folder.remove());

const inject = (args: readonly string[], stdin?: string) => folder.inject(args, stdin);

const pod = (name: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: app, image: "app:1"}]}\n`;

describe('output', () => {
  test('in JSON is the object alone for one document, a List for several, without empty documents', async () => {
    const one = await inject(['-o', 'json', '-f', '-'], pod('a'));
    expect(JSON.parse(one.stdout)).toMatchObject({ kind: 'Pod', metadata: { name: 'a' } });
    const two = await inject(['-o', 'json', '-f', '-'], `---\n---\n${pod('a')}---\n${pod('b')}---\n`);
    expect(JSON.parse(two.stdout)).toMatchObject({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }],
    });
    expect(JSON.parse(two.stdout).items).toHaveLength(2);
  });

  test('as a patch is one line for each document that is not empty', async () => {
    const { stdout } = await inject(['-o', 'patch', '-f', '-'], `---\n---\n${pod('a')}---\nkind: Other\n---\n`);
    const [patch = '', other, ...more] = stdout.split('\n');
    expect(JSON.parse(patch)).toContainEqual({
      op: 'add',
      path: '/spec/containers/-',
      value: { name: 'one', image: 'one:1' },
    });
    expect([other, more]).toEqual(['[]', ['']]);
  });

  test('in another format is refused', async () => {
    expect(await inject(['-o', 'xml', '-f', '-'], pod('a'))).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('labels that a template adds', () => {
  const deployment = (order: readonly string[]): string =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n${order.join('')}`;
  const labels = (node: string): string =>
    `  template:\n    metadata: {labels: ${node}}\n    spec: {containers: [{name: app, image: a}]}\n`;
  const selector = (node: string): string => `  selector: {matchLabels: ${node}}\n`;

  test.each<[string, string]>([
    ['stands before its alias', deployment([labels('&l {app: web}'), selector('*l')])],
    ['stands behind its anchor', deployment([selector('&l {app: web}'), labels('*l')])],
  ])('never reach the selector, where the label map %s', async (_case, text) => {
    const { code, stdout } = await inject(['--template', 'labels', '-f', '-'], text);
    expect(code).toBe(0);
    const { spec } = parse(stdout);
    expect(spec.selector).toEqual({ matchLabels: { app: 'web' } });
    expect(spec.template.metadata.labels).toEqual({ app: 'web', team: 'shop' });
  });
});
