// `npm run faults -- [--json] [--project unit|real] [--mutate] [NUMBER…]`: runs the tests that prove the hundred faults
// of the catalogue and prints what each row saw; --project leaves out the tests of the other one. With --mutate, breaks the product once per row, in a copy, and expects
// the row to fail. Ends with 1 where a row fails, or where a mutation goes unnoticed.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CATALOGUE } from './catalogue.ts';
import { projectOf } from './fault.ts';
import { type JudgedRow, judge } from './judge.ts';
import { mutateRows } from './mutate-rows.ts';
import { runProofs } from './run-proofs.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, project: { type: 'string' }, mutate: { type: 'boolean' } },
});
const unknown = positionals.filter((text) => !CATALOGUE.some(({ number }) => String(number) === text));
if (unknown.length > 0) throw new Error(`the catalogue has no fault ${unknown.join(', ')}; it has 1 to 100`);
if (![undefined, 'unit', 'real'].includes(values.project)) {
  throw new Error(`--project must be unit or real, not ${values.project}`);
}
const { project } = values;
const rows = CATALOGUE.filter(({ number }) => positionals.length === 0 || positionals.includes(String(number)))
  .map((row) => ({ ...row, tests: row.tests.filter(([file]) => (project ?? projectOf(file)) === projectOf(file)) }))
  .filter(({ tests, open }) => tests.length > 0 || open !== undefined || project === undefined);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

await (values.mutate === true ? mutate() : prove());

async function prove(): Promise<void> {
  const ran = await runProofs(
    ROOT,
    rows.flatMap(({ tests }) => tests),
  );
  const judged = rows.map((row) => judge(row, ran));
  const count = (status: JudgedRow['status']): number => judged.filter((row) => row.status === status).length;
  const counts = { total: judged.length, passed: count('passed'), overridden: count('overridden') };
  const rest = { failed: count('failed'), open: count('open') };
  if (values.json === true) print(JSON.stringify({ ...counts, ...rest, rows: judged }));
  else for (const row of judged) print(textOf(row));
  if (values.json !== true)
    print(
      Object.entries({ ...counts, ...rest })
        .map((pair) => pair.join(' '))
        .join('\n'),
    );
  if (rest.failed > 0) process.exitCode = 1;
}

function textOf({ number, fault, expected, status, seen, override }: JudgedRow): string {
  const lines = [`${number} ${status}: ${fault}`, `    expected: ${expected}`, `    seen: ${seen}`];
  if (override !== undefined) lines.push(`    the design decides otherwise: ${override}`);
  return lines.join('\n');
}

async function mutate(): Promise<void> {
  const mutated = rows.filter(({ mutation, open }) => mutation !== undefined || (positionals.length > 0 && !open));
  await mutateRows(ROOT, mutated, ({ number, killed, seen }) => {
    if (values.json === true) print(JSON.stringify({ number, killed, seen }));
    else print(`${number} ${killed ? 'fails' : 'GOES UNNOTICED'}: ${seen}`);
    if (!killed) process.exitCode = 1;
  });
  const without = rows.filter(({ mutation, open }) => mutation === undefined && open === undefined);
  if (without.length > 0 && values.json !== true)
    print(`without a mutation: ${without.map((row) => row.number).join(' ')}`);
}
