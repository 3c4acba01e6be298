import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MOVES } from '../../functions/canary/steps/next-move.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'releases.md');
const TABLE = /(<!-- moves: [^>]*-->\n)([\s\S]*)(<!-- \/moves -->)/;
const table = (): string =>
  [
    '| state | when | then |',
    '|---|---|---|',
    ...MOVES.map(
      ({ states, when, then }) => `| ${states.map((state) => `\`${state}\``).join(', ')} | ${when} | ${then} |`,
    ),
  ].join('\n');

test('the table of moves is what releases do', () => {
  const text = readFileSync(PAGE, 'utf8');
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(
      PAGE,
      text.replace(TABLE, (_, begin, __, end) => `${begin}\n${table()}\n\n${end}`),
    );
  }
  expect(TABLE.exec(readFileSync(PAGE, 'utf8'))?.[2]?.trim()).toBe(table());
});
