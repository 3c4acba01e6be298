// npm run analysis [-- --json] [--broken NAME] [--only TEXT]: the verdict's acceptance table, simulated with fixed seeds.
// The exit code is 1 where a limit is missed.

import { parseArgs } from 'node:util';
import { BROKEN } from './broken.ts';
import { CASES, FIELD } from './cases.ts';
import { runFlagger } from './flagger.ts';
import { describeField, describeResult, HEADINGS } from './report.ts';
import { resultOf, runCase } from './run-case.ts';
import { PRODUCT } from './run-release.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, broken: { type: 'string' }, only: { type: 'string' } },
});
const { json = false, broken, only = '' } = values;
const rule = broken === undefined ? PRODUCT : BROKEN.get(broken);
if (rule === undefined)
  throw new Error(`there is no broken rule ${broken}; known are ${[...BROKEN.keys()].join(', ')}`);
const say = (line: string): void => void (json || process.stdout.write(`${line}\n`));
const isWanted = ({ name }: { readonly name: string }): boolean => name.includes(only);

process.exitCode = run() ? 0 : 1;

/** Whether every row is within its limits. */
function run(): boolean {
  const started = performance.now();
  say(HEADINGS.cases);
  const results = CASES.filter(isWanted).map((each) => {
    const result = runCase(each, rule);
    say(describeResult(result));
    return result;
  });
  say(HEADINGS.field);
  const field = FIELD.filter(isWanted).map((each) => {
    const [ours, flagger] = [runCase(each, rule), resultOf(each, each.releases, runFlagger)];
    say(describeField(ours, flagger));
    return { name: each.name, ours, flagger };
  });
  const seconds = Math.round((performance.now() - started) / 1_000);
  const missed = results.filter((result) => result.missed.length > 0);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ results, field, missed: missed.map(({ name }) => name), seconds }, null, 2)}\n`,
    );
  say(`\n${results.length - missed.length} of ${results.length} rows within their limits, in ${seconds} s`);
  return missed.length === 0;
}
