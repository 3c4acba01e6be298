import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../house/source-files.ts';
import { blocksIn, shownIn, wordsOf } from '../support/shown-commands.ts';

const PAGES = [
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  ...['README.md', 'CONTRIBUTING.md', 'test/README.md'],
];
const BLOCKS = PAGES.flatMap((page) =>
  blocksIn(readFileSync(join(ROOT, page), 'utf8')).map((block) => ({ page, ...block })),
);
const COMMANDS = BLOCKS.flatMap((block) => shownIn(block).map(({ command }) => ({ page: block.page, command })));

/** What a command line needs of a cloud, by how it begins or what it names. */
const NEEDS: readonly (readonly [cloud: string, command: RegExp])[] = [
  ['aws', /^aws |^npx osls (?:deploy|info|remove)|--eks /],
  ['gcp', /^gcloud /],
  ['azure', /^az /],
];

test('a block that needs a cloud is marked `needs=…`, and no other is', () => {
  const marks = BLOCKS.map((block) => {
    const commands = shownIn(block).map(({ command }) => command);
    const needs = NEEDS.filter(([, pattern]) => commands.some((command) => pattern.test(command)));
    const wanted = needs.length === 0 ? undefined : `needs=${needs.map(([cloud]) => cloud).join(',')}`;
    return { page: block.page, wanted, found: block.marks.find((mark) => mark.startsWith('needs=')) };
  });
  expect(marks.filter(({ wanted, found }) => wanted !== found)).toEqual([]);
  for (const [cloud] of NEEDS)
    expect(marks.filter(({ found }) => found?.includes(cloud)).length, cloud).toBeGreaterThan(0);
});

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** The options of programs that are no part of the command, from their sources. */
const OPTIONS: Readonly<Record<string, string>> = {
  start: readFileSync(join(ROOT, 'infra', 'local', 'server', 'start.ts'), 'utf8'),
};

/** What of an npm command line is not there: a script, or an option of `npm start`. */
function unknownOf(command: string): readonly string[] {
  return command.split(/ && | \| /).flatMap((part) => {
    const words = wordsOf(part);
    if (words[0] !== 'npm') return [];
    const [, verb = '', script = ''] = words;
    // npm's own verbs; `test` and `start` are scripts of the package too.
    const name = verb === 'run' ? script : ['ci', 'cit', 'pack', 'i', 'install'].includes(verb) ? undefined : verb;
    if (name === undefined) return [];
    if (!(name in scripts)) return [name];
    const end = words.indexOf('--');
    const flags = end === -1 ? [] : words.slice(end + 1).filter((word) => word.startsWith('--'));
    const source = OPTIONS[name];
    return source === undefined ? [] : flags.filter((flag) => !source.includes(`'${flag.split('=')[0]}`));
  });
}

test('npm commands are scripts of the package, with options that they have', () => {
  const npm = COMMANDS.filter(({ command }) => command.startsWith('npm '));
  expect(npm.length).toBeGreaterThan(5);
  expect(npm.filter(({ command }) => unknownOf(command).length > 0)).toEqual([]);
  expect(unknownOf('npm ci && npm run no-such')).toEqual(['no-such']);
  expect(unknownOf('npm start -- --no-such 1')).toEqual(['--no-such']);
});

test('no page tells people to type a command that a registry would answer', () => {
  // `npx outrigger` is the clone's own; `npx NAME` of anything else would be brought from a registry.
  const names = COMMANDS.flatMap(({ page, command }) => {
    const [, name] = /(?:^|[|&] *)npx ([\w@/.-]+)/.exec(command) ?? [];
    return name === undefined || ['outrigger', 'osls', 'vitest'].includes(name) ? [] : [`${page}: ${name}`];
  });
  expect(names).toEqual([]);
});
