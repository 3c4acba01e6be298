import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createProgram } from '../../infra/cli/program.ts';
import { blocksIn } from '../support/shown-commands.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGES = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.md'),
);
const DOCS = PAGES.map((file) => join(ROOT, 'docs', file));
const FILES = [...DOCS, ...['README.md', 'CONTRIBUTING.md', 'test/README.md'].map((file) => join(ROOT, file))];

/** The front pages of comparable projects have 6 to 13 KB. */
const README_BYTES_MAX = 9 * 1_024;

/** GitHub's anchor of a heading. */
function anchorOf(heading: string): string {
  const text = heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '');
  return text.trim().replaceAll(' ', '-');
}

function anchorsIn(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

/** Links to files and headings of this repository, as written. */
function linksIn(file: string): readonly string[] {
  const links = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

test.each(FILES.map((file) => relative(ROOT, file)))('every link of %s leads somewhere', (name) => {
  const file = join(ROOT, name);
  for (const link of linksIn(file)) {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : join(dirname(file), path);
    expect(existsSync(target), link).toBe(true);
    if (anchor !== undefined) expect(anchorsIn(target), link).toContain(anchor);
  }
});

test('README is a front page: at most 9 KB', () => {
  expect(statSync(join(ROOT, 'README.md')).size).toBeLessThanOrEqual(README_BYTES_MAX);
});

test('every page is in the index', () => {
  const index = linksIn(join(ROOT, 'docs', 'README.md')).map((link) => link.split('#')[0]);
  const pages = PAGES.filter((file) => file !== 'README.md');
  expect(pages.filter((page) => !index.includes(page))).toEqual([]);
});

/** The command lines of code blocks and of inline code, each as its words, up to a pipe, comment or redirection. */
function commandsIn(file: string): readonly (readonly string[])[] {
  const text = readFileSync(file, 'utf8');
  const blocks = blocksIn(text).flatMap((block) => block.text.split('\n'));
  const inline = [...text.replaceAll(/^```[^\n]*\n[\s\S]*?^```/gm, '').matchAll(/`([^`]+)`/g)].map(
    ([, code = '']) => code,
  );
  return [...blocks, ...inline].flatMap((line) => {
    const [, said] = /^(?:\$ )?(?:npx )?outrigger ((?:[^#|<>;&]|'[^']*')+)/.exec(line.trim()) ?? [];
    // What stands in brackets may be left out; a word in quotes is one.
    return said === undefined ? [] : [said.replaceAll(/[[\]]/g, '').match(/'[^']*'|\S+/g) ?? []];
  });
}

const program = await createProgram('0.0.0');

/** What of a command line the program does not know: an option, a word where it wants a command or takes no argument. */
function unknownIn(words: readonly string[]): readonly string[] {
  let command: Command = program;
  const unknown: string[] = [];
  const given: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    // A dash alone is standard input.
    if (/^-./.test(word)) {
      const [flag] = word.split('=');
      const option = command.options.find(({ long, short }) => long === flag || short === flag);
      if (option === undefined) unknown.push(word);
      else if (!option.isBoolean() && !word.includes('=')) i++;
    } else if (command.commands.length > 0) {
      // `lint|publish`: several commands, said at once.
      const next = word.split('|').map((name) => command.commands.find((c) => c.name() === name));
      // `freeze NAME` stands beside `freeze list`.
      if (next.includes(undefined)) (command.registeredArguments.length > 0 ? given : unknown).push(word);
      command = next[0] ?? command;
    } else {
      given.push(word);
    }
  }
  const taken = command.registeredArguments;
  const isVariadic = taken.at(-1)?.variadic === true || command.options.some((option) => option.variadic);
  return [...unknown, ...(isVariadic ? [] : given.slice(taken.length))];
}

const LINES = FILES.flatMap((file) => commandsIn(file).map((words) => ({ file: relative(ROOT, file), words })));

test('the documentation names commands', () => {
  expect(LINES.length).toBeGreaterThan(40);
  expect(unknownIn(['inject', '--no-such-option'])).toEqual(['--no-such-option']);
  expect(unknownIn(['no-such-command', '-f', 'x'])).toContain('no-such-command');
  expect(unknownIn(['canary', 'abort', 'cart', 'stray'])).toEqual(['stray']);
});

/** Every command that does something, as its words. */
function commandsOf(command: Command, words: readonly string[] = []): readonly string[] {
  if (command.commands.length === 0) return [words.join(' ')];
  return command.commands.flatMap((sub) => commandsOf(sub, [...words, sub.name()]));
}

test('every command is shown somewhere', () => {
  const shown = LINES.map(({ words }) => words.join(' '));
  const isShown = (command: string): boolean => {
    const words = command.split(' ').map((word) => `(?:\\S*\\|)?${word}(?:\\|\\S*)?`);
    return shown.some((line) => new RegExp(`^${words.join(' ')}(?: |$)`).test(line));
  };
  expect(commandsOf(program).filter((command) => !isShown(command))).toEqual([]);
  expect(isShown('canary no-such-command')).toBe(false);
});

const TITLED = new Map(LINES.map(({ file, words }) => [`${file}: outrigger ${words.join(' ')}`, words]));

test.each([...TITLED])('%s', (_, words) => {
  expect(unknownIn(words)).toEqual([]);
});

test('every parameter of a deployment is one of serverless.yml', () => {
  const { params } = parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8'));
  const named = FILES.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/--param (?!name=value)(\w+)=/g)].map(([, name]) => name),
  );
  expect(named.length).toBeGreaterThan(5);
  expect([...new Set(named)].filter((name) => !Object.keys(params.default).includes(name ?? ''))).toEqual([]);
});
