import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonList, rulesTable } from '../support/rules-table.ts';

const README = join(import.meta.dirname, '..', '..', 'README.md');
/** What README has of functions/injection/decide/rules.ts, between comments of these names. */
const PARTS = { rules: rulesTable, reasons: reasonList } as const;

test.each(Object.entries(PARTS))('README’s %s are those of the code', (name, write) => {
  const part = new RegExp(`(<!-- ${name}: [^>]*-->\\n)([^<]*)(<!-- /${name} -->)`);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    const text = readFileSync(README, 'utf8');
    writeFileSync(
      README,
      text.replace(part, (_, begin: string, __, end: string) => `${begin}\n${write()}\n\n${end}`),
    );
  }
  expect(part.exec(readFileSync(README, 'utf8'))?.[2]?.trim(), 'npm run golden writes it').toBe(write());
});
