import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { METRICS_MAX } from '../../functions/canary/metrics/metric-state.ts';
import { BODY_BYTES_MAX } from '../../functions/http/event-parts.ts';
import { TEMPLATES_PER_POD_MAX } from '../../functions/injection/decide/decision-facts.ts';
import { REASONS } from '../../functions/injection/decide/reasons.ts';
import * as limits from '../../functions/limits.ts';
import { VALUE_CHARACTERS_MAX } from '../../functions/template/parameter/types.ts';
import { RENDERED_CHARACTERS_MAX } from '../../functions/template/render.ts';
import { SOURCE_BYTES_MAX } from '../../functions/template/source.ts';
import { HISTORY_MAX } from '../../functions/template-store/store.ts';
import { POLL_CHARACTERS_MAX } from '../../functions/traffic/poll.ts';
import { PROXIES_MAX } from '../../functions/traffic/proxies/seen-proxies.ts';
import { HEADERS_COUNT_MAX, HEADERS_KB_MAX } from '../../functions/traffic/xds/xds.ts';
import { createProgram } from '../../infra/cli/program.ts';
import { ROOT, sourceFiles } from '../house/source-files.ts';

const read = (...path: readonly string[]): string => readFileSync(join(ROOT, 'docs', ...path), 'utf8');

test('the page of limits has them as they are', () => {
  const values = [
    BODY_BYTES_MAX,
    TEMPLATES_PER_POD_MAX,
    RENDERED_CHARACTERS_MAX,
    limits.PLAN_CHARACTERS_MAX,
    limits.OPERATIONS_MAX,
    limits.ANNOTATION_BYTES_MAX,
    VALUE_CHARACTERS_MAX,
    SOURCE_BYTES_MAX,
    HISTORY_MAX,
    METRICS_MAX,
    POLL_CHARACTERS_MAX,
    PROXIES_MAX,
    HEADERS_COUNT_MAX,
    HEADERS_KB_MAX,
    limits.WEBHOOK_TIMEOUT_SECONDS,
    limits.MUTATE_TIMEOUT_MS,
    limits.STORE_TTL_MS,
    limits.LOOK_EVERY_MS,
  ];
  const table = /<!-- limits: [^>]*-->\n([\s\S]*?)\n<!-- \/limits -->/.exec(read('reference', 'limits.md'))?.[1] ?? '';
  const shown = table.split('\n').map((row) => row.split('|')[2]?.trim());
  expect(shown).toEqual(values.map((value) => value.toLocaleString('en-US')));
});

/** Every command that does something, as its words. */
function commandsOf(command: Command, words: readonly string[] = []): readonly string[] {
  const own = command.commands.length === 0 || command.registeredArguments.length > 0 ? [words.join(' ')] : [];
  return [...own, ...command.commands.flatMap((sub) => commandsOf(sub, [...words, sub.name()]))];
}

test('the reference has every command', async () => {
  const page = readdirSync(join(ROOT, 'docs', 'reference'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => read('reference', name))
    .join('\n');
  const commands = commandsOf(await createProgram('0.0.0'));
  expect(commands.length).toBeGreaterThan(40);
  expect(commands.filter((command) => !new RegExp(`\`outrigger ${command}[\` ]`).test(page))).toEqual([]);
});

test('every code that troubleshooting names is one of the product', () => {
  const sources = sourceFiles('functions').map(({ text }) => text);
  const page = read('troubleshooting.md');
  const codes = [...page.matchAll(/`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`/g)].map(([, code = '']) => code);
  // Words of Kubernetes and alarms of the stack.
  const known = (code: string): boolean => code.endsWith('Alarm') || sources.some((text) => text.includes(code));
  expect(codes.length).toBeGreaterThan(20);
  expect([...new Set(codes)].filter((code) => !known(code))).toEqual([]);
  expect(Object.keys(REASONS)).toContain('NoTemplate');
});
