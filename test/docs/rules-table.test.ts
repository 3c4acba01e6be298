import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonTable, rulesTable } from '../support/rules-table.ts';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');
/** What pages have of functions/injection/decide, between comments of these names. */
const PARTS = [
  ['rules', 'concepts/injection.md', rulesTable],
  ['reasons', 'reference/reasons.md', reasonTable],
] as const;

test.each(PARTS)('the %s of docs/%s are those of the code', (name, page, write) => {
  const file = join(DOCS, page);
  const part = new RegExp(`(<!-- ${name}: [^>]*-->\\n)([^<]*)(<!-- /${name} -->)`);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace(part, (_, begin: string, __, end: string) => `${begin}\n${write()}\n\n${end}`),
    );
  }
  expect(part.exec(readFileSync(file, 'utf8'))?.[2]?.trim(), 'npm run golden writes it').toBe(write());
});
