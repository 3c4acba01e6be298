import { execFileSync } from 'node:child_process';
import { beforeAll, expect, test } from 'vitest';
import { outrigger } from '../support/outrigger.ts';

const scripts = new Map<string, string>();
beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout, stderr } = await outrigger(['completion', shell]);
    expect([code, stderr]).toEqual([0, '']);
    scripts.set(shell, stdout);
  }
});

/** What bash would offer behind these words; the last one is begun. */
function offered(...words: readonly string[]): readonly string[] {
  const ask = 'COMP_WORDS=(outrigger "$@"); COMP_CWORD=$#; _outrigger; printf "%s\\n" "${COMPREPLY[@]}"';
  const script = `${scripts.get('bash')}\n${ask}`;
  return execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

test.each<[string[], string[]]>([
  [['can'], ['canary']],
  [['canary', 'set'], ['set-weight']],
  [['canary', 'li'], ['list']],
  [['canary', 'list', '--sel'], ['--selector']],
  [
    ['canary', 'get', '-o', ''],
    ['json', 'yaml', 'wide', 'name'],
  ],
  [['canary', 'get', '-n', 'shop', '--all'], ['--all-namespaces']],
  [['freeze', 'li'], ['list']],
  // A name that is also a command is no command behind another.
  [['canary', 'get', 'template', '--out'], ['--output']],
  [['no-such-command', 'x'], ['']],
])('bash completes %j', (words, expected) => {
  expect(offered(...words)).toEqual(expected);
});

test('zsh loads what runs the completions of bash', () => {
  expect(scripts.get('zsh')).toMatch(/bashcompinit\n# outrigger completion bash\n/);
  expect(scripts.get('zsh')).toContain(scripts.get('bash'));
});

test('fish is given every verb where it belongs, and the values of options', () => {
  const lines = (scripts.get('fish') ?? '').split('\n');
  expect(lines.find((line) => line.includes(`'__outrigger_at "canary"' -f -a`))).toMatch(/'apply get list status /);
  expect(lines).toContain(
    `complete -c outrigger -n '__outrigger_at "canary get"' -l output -x -a 'json yaml wide name'`,
  );
});

test('another shell is refused', async () => {
  const { code, stderr } = await outrigger(['completion', 'tcsh']);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/bash, zsh, fish/)]);
});

test('version is what --version is', async () => {
  expect((await outrigger(['version'])).stdout).toBe((await outrigger(['--version'])).stdout);
});
