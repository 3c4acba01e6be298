import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../house/source-files.ts';
import { canaryOf } from '../support/canaries.ts';
import { type LocalGateway, startLocalGateway } from '../support/local-gateway.ts';
import { outrigger } from '../support/outrigger.ts';
import { blocksIn, isAsShown, type Shown, shownIn, wordsOf } from '../support/shown-commands.ts';

const DOCS = join(ROOT, 'docs');
/** Every command that a page marks `run`, in the order in which a reader types them. */
const PAGES = readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, commands: runsIn(readFileSync(join(DOCS, name), 'utf8')) }))
  .filter(({ commands }) => commands.length > 0);

interface Run extends Shown {
  /** The proxies have learned the canary: the page lets a minute or two pass here, the test another server begin. */
  readonly isReady: boolean;
}

function runsIn(page: string): readonly Run[] {
  return blocksIn(page)
    .filter(({ marks }) => marks.includes('run'))
    .flatMap((block) => shownIn(block).map((shown) => ({ ...shown, isReady: block.marks.includes('ready') })));
}

/** A folder like a clone of the repository, with the state folder of a local server in it. */
async function cloneFor(gateway: LocalGateway): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-shown-'));
  await symlink(DOCS, join(folder, 'docs'));
  await symlink(join(ROOT, 'infra'), join(folder, 'infra'));
  await symlink(gateway.stateDir, join(folder, '.outrigger'));
  return folder;
}

/** How far each page is written; a command that stands twice is found behind its first. */
const written = new Map<string, number>();

function update(file: string, command: string, output: string, printed: string): void {
  const text = readFileSync(file, 'utf8');
  const at = text.indexOf(`\n$ ${command}\n${output}`, written.get(file) ?? 0) + `\n$ ${command}\n`.length;
  writeFileSync(file, `${text.slice(0, at)}${printed}${text.slice(at + output.length)}`);
  written.set(file, at + printed.length - 1);
}

describe.each(PAGES)('docs/$name', ({ name, commands }) => {
  const gateways: LocalGateway[] = [];
  const folders: string[] = [];

  beforeAll(async () => {
    gateways.push(await startLocalGateway(), await startLocalGateway([canaryOf({ past: true })]));
    for (const gateway of gateways) folders.push(await cloneFor(gateway));
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway.close();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  test.each(commands)('$command', async ({ command, output, isReady }) => {
    const [npx, program, ...words] = wordsOf(command);
    expect([npx, program]).toEqual(['npx', 'outrigger']);
    const { stdout, stderr } = await outrigger(words, { cwd: folders[isReady ? 1 : 0] ?? '' });
    const printed = `${stderr}${stdout}`;
    if (process.env['UPDATE_GOLDEN'] === '1' && !output.includes('…\n') && !isAsShown(output, printed)) {
      update(join(DOCS, name), command, output, printed);
      return;
    }
    if (!isAsShown(output, printed)) expect(printed).toBe(output);
  });
});

test('`npm start` prints what getting started shows', async () => {
  const page = readFileSync(join(DOCS, 'getting-started.md'), 'utf8');
  const shown =
    blocksIn(page)
      .flatMap(shownIn)
      .find(({ command }) => command === 'npm start')?.output ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-shown-'));
  const start = join(ROOT, 'infra', 'local', 'server', 'start.ts');
  const child = spawn(process.execPath, [start, '--port', '0'], { cwd: folder });
  let printed = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    printed += chunk;
    if (/^registration: .*\n/m.test(printed)) break;
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  await rm(folder, { recursive: true, force: true });
  const asShown = printed.replaceAll(ROOT, '/home/you/outrigger');
  if (!isAsShown(shown, asShown)) expect(asShown).toBe(shown);
});

test('some pages show what commands print', () => {
  expect(PAGES.flatMap(({ commands }) => commands).length).toBeGreaterThan(9);
});

test.each([
  ['a\nb\n', 'a\nb\n', true],
  ['a\n', 'a\nb\n', false],
  ['a\n…\nd\n', 'a\nb\nc\nd\n', true],
  ['a\n…\nd\n', 'a\nb\nc\n', false],
  ['at 2026-11-30T21:00:00Z  by x\n', 'at 2027-01-01T00:00:00.123Z by x\n', true],
  ['cart   3d\n', 'cart   40s\n', true],
  ['envoy@5375a42d9ef3\n', 'envoy@d8c78545bf92\n', true],
  ['10%\n', '20%\n', false],
  ['listens on http://127.0.0.1:8080\n', 'listens on http://127.0.0.1:40123\n', true],
])('%j as shown of %j: %s', (shown, printed, is) => {
  expect(isAsShown(shown, printed)).toBe(is);
});

test('a command line is the words that a shell hands over', () => {
  expect(wordsOf("npx outrigger canary abort cart --reason 'p99 doubled' -n=shop  # now")).toEqual([
    'npx',
    'outrigger',
    'canary',
    'abort',
    'cart',
    '--reason',
    'p99 doubled',
    '-n=shop',
  ]);
});
