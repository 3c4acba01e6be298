import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { EXAMPLES } from '../../infra/cli/examples/examples.ts';
import { createProgram } from '../../infra/cli/program.ts';
import { outrigger } from '../support/outrigger.ts';

const program = await createProgram('1.2.3');

/** Every command that does something, by its words. */
function commandsOf(command: Command, words: readonly string[] = []): readonly (readonly [string, Command])[] {
  const below = command.commands.flatMap((verb) => commandsOf(verb, [...words, verb.name()]));
  // `freeze` does something itself, and has verbs.
  const isGroup = command.commands.length > 0 && command.registeredArguments.length === 0;
  return isGroup ? below : [[words.join(' '), command], ...below];
}
const COMMANDS = new Map(commandsOf(program));

test.each([...COMMANDS.keys()])('%s has an example, and its help page shows it', async (words) => {
  expect(EXAMPLES).toHaveProperty([words]);
  const { code, stdout } = await outrigger([...words.split(' '), '--help']);
  expect(code).toBe(0);
  for (const [what, line] of EXAMPLES[words] ?? []) {
    expect(stdout).toContain(`\nExamples:\n`);
    expect(stdout).toContain(`  # ${what}\n  outrigger ${line}\n`);
  }
});

test('a default is shown as it is typed', () => {
  const defaults = [...COMMANDS.values()].flatMap((command) =>
    command.options
      .filter(({ flags }) => /<(?:duration|time)>/.test(flags))
      .map((option) => option.defaultValueDescription ?? String(option.defaultValue ?? '')),
  );
  expect(defaults.filter((text) => text !== '').length).toBeGreaterThan(5);
  expect(defaults.filter((text) => !/^(?:\d+[smh])?$/.test(text))).toEqual([]);
});

test('no example is of a command that is not there', () => {
  expect(Object.keys(EXAMPLES).filter((words) => !COMMANDS.has(words))).toEqual([]);
});

describe.each([...COMMANDS])('an example of %s', (words, command) => {
  test.each((EXAMPLES[words] ?? []).map(([, line]) => line))('%s', (line) => {
    expect(line.startsWith(words)).toBe(true);
    // Up to a pipe or a redirection.
    const rest = (line.slice(words.length).split(/ [|<>&] /)[0] ?? '').match(/'[^']*'|\S+/g) ?? [];
    const stray: string[] = [];
    let given = 0;
    for (let i = 0; i < rest.length; i++) {
      const word = rest[i] ?? '';
      const option = command.options.find(({ long, short }) => long === word || short === word);
      if (option === undefined) word.startsWith('-') && word !== '-' ? stray.push(word) : given++;
      else if (!option.isBoolean()) {
        const value = rest[++i] ?? '';
        if (option.argChoices !== undefined && !option.argChoices.includes(value)) stray.push(`${word} ${value}`);
      }
    }
    const taken = command.registeredArguments;
    expect(stray).toEqual([]);
    expect(given).toBeGreaterThanOrEqual(taken.filter(({ required }) => required).length);
    expect(given <= taken.length || taken.at(-1)?.variadic === true).toBe(true);
    for (const option of command.options.filter(({ mandatory }) => mandatory)) {
      expect(rest.some((word) => word === option.long || word === option.short)).toBe(true);
    }
  });
});

test.each([
  ['import', 'flagger'],
  ['canary', 'judge'],
  ['export', 'map'],
])('%s %s refuses a second file, which it would drop', async (...words) => {
  const { code, stderr } = await outrigger([...words, '-f', 'a.yaml', '-f', 'b.yaml']);
  expect([code, stderr]).toEqual([1, expect.stringContaining('this command reads one file')]);
});
