// npm run bench [-- --json]: the figures of docs/figures.md, measured on this machine.

import { advanceRows } from './advance-rows.ts';
import { commandRows } from './command-rows.ts';
import { heapRows } from './heap-rows.ts';
import { initRows } from './init-rows.ts';
import { mutateRows } from './mutate-rows.ts';
import { paceRows } from './pace-rows.ts';
import { pollRows } from './poll-rows.ts';
import { proxyRows } from './proxy-rows.ts';
import { isReached, type Row } from './rows.ts';
import { runtimeRows } from './runtime-rows.ts';
import { tableRows } from './table-rows.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const rows: readonly Row[] = [
  ...(await mutateRows()),
  ...(await initRows()),
  ...(await runtimeRows(say)),
  ...(await pollRows()),
  ...(await heapRows()),
  ...(await proxyRows(say)),
  ...(await paceRows()),
  ...(await tableRows(say)),
  ...(await advanceRows()),
  ...(await commandRows()),
];

if (process.argv.includes('--json')) {
  const shown = rows.map((row) => ({
    name: row.name,
    value: round(row.value),
    goal: row.goal ?? null,
    ok: isReached(row),
  }));
  process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
} else {
  const width = Math.max(...rows.map((row) => row.name.length));
  process.stdout.write(
    'N = JSON.stringify(JSON.parse(text)) of the same bytes, same process; CPU time, median of 7 rounds, warm\n\n',
  );
  for (const row of rows) {
    const goal = row.goal === undefined ? '' : `goal ≤ ${row.goal}  ${isReached(row) ? 'ok' : 'MISSED'}`;
    process.stdout.write(
      `${row.name.padEnd(width)}  ${String(round(row.value)).padStart(9)} ${row.unit.padEnd(3)}  ${goal}\n`,
    );
  }
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
