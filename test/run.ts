// `npm test`: the checks, then the tests of a working day. `npm cit` and CI run every test. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { env, execPath } from 'node:process';

/** npm names the command that it was called with; `npm cit` is the README's command for a fresh machine. */
const isWhole = env['CI'] !== undefined || env['npm_command'] === 'install-ci-test';

function run(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...env, ...more } });
  if (status !== 0) process.exit(status ?? 1);
}

run('npm', ['run', '--silent', 'check']);
const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)];
if (isWhole) run(execPath, vitest);
else run(execPath, [...vitest, '--project', 'unit'], { OUTRIGGER_TESTS: 'quick' });
