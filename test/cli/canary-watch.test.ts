import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import type { ReleaseApi } from '../../infra/cli/canary/connection.ts';
import { UnreachableError } from '../../infra/cli/canary/http.ts';
import { ServerError } from '../../infra/cli/canary/server-error.ts';
import { createWarner } from '../../infra/cli/canary/warnings.ts';
import { watchScope } from '../../infra/cli/canary/watch.ts';
import { canaryOf } from '../support/canaries.ts';
import { outrigger } from '../support/outrigger.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'infra', 'cli', 'main.ts');
const SCOPE = { name: undefined, namespace: 'shop', selector: undefined };

/** A release API whose answers are set from outside. */
interface FarEnd {
  readonly url: string;
  canaries: readonly Canary[];
  warning: string | undefined;
  close(): Promise<void>;
}

const ends: FarEnd[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end.close();
});

async function startFarEnd(port = 0): Promise<FarEnd> {
  const server = http.createServer((request, response) => {
    const [one] = end.canaries;
    const isOne = request.url?.includes('/canaries/') === true;
    if (end.warning !== undefined) response.setHeader('warning', end.warning);
    const weights = { totalWeight: 100, backends: [] };
    const list = { kind: 'CanaryList', metadata: {}, items: end.canaries };
    response.end(JSON.stringify(request.url?.endsWith('/weights') === true ? weights : isOne ? one : list));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const end: FarEnd = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    canaries: [canaryOf()],
    warning: undefined,
    close: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  ends.push(end);
  return end;
}

const named = (name: string, resourceVersion: string): Canary =>
  canaryOf({ metadata: { name, uid: name, resourceVersion }, status: { phase: 'Initialized' } });

describe('outrigger canary get -w', () => {
  test('goes on while the endpoint restarts, and shows what has changed meanwhile, and what is gone', async () => {
    const first = await startFarEnd();
    first.canaries = [named('cart', '1'), named('pay', '1')];
    const args = [MAIN, 'canary', 'get', '-n', 'shop', '-w', '--url', first.url];
    const watch = spawn(process.execPath, args, { stdio: 'pipe' });
    const seen = { stdout: '', stderr: '' };
    watch.stdout.setEncoding('utf8').on('data', (text: string) => (seen.stdout += text));
    watch.stderr.setEncoding('utf8').on('data', (text: string) => (seen.stderr += text));
    try {
      await expect.poll(() => seen.stdout, { timeout: 60_000 }).toContain('pay');
      await first.close();
      await expect.poll(() => seen.stderr, { timeout: 60_000 }).toMatch(/^Warning: .*; the watch goes on asking\n$/);
      const second = await startFarEnd(Number(new URL(first.url).port));
      second.canaries = [named('cart', '2')];
      await expect.poll(() => seen.stdout, { timeout: 60_000 }).toContain('Deleted');
      const rows = seen.stdout.trimEnd().split('\n').slice(1);
      expect(rows.map((row) => row.split(/ +/).filter((_, i) => i === 0 || i === 2))).toEqual([
        ['cart', 'Initialized'],
        ['pay', 'Initialized'],
        ['pay', 'Deleted'],
        ['cart', 'Initialized'],
      ]);
    } finally {
      watch.kill('SIGKILL');
    }
  });

  const apiOf = (...answers: (Error | { canaries: readonly Canary[]; warning?: string })[]): ReleaseApi => ({
    ask: async () => {
      const answer = answers.shift() ?? new Error('the test is over');
      if (answer instanceof Error) throw answer;
      const text = JSON.stringify({ kind: 'CanaryList', metadata: {}, items: answer.canaries });
      return { status: 200, headers: answer.warning === undefined ? {} : { warning: answer.warning }, text };
    },
  });
  const seen = { canaries: [named('cart', '1')], etag: undefined, isPartial: false };

  test.each([
    ['nobody answers for too long', new UnreachableError('nobody answers'), 'nobody answers'],
    ['it is not allowed any more', new ServerError(403, 'Error from server (Forbidden)'), 'Forbidden'],
  ])('ends when %s', async (_when, error, words) => {
    await expect(watchScope(apiOf(error, error), SCOPE, seen, () => '', -1)).rejects.toThrow(words);
  });

  test('does not take a canary that cannot be read for one that is gone', async () => {
    const printed: string[] = [];
    const api = apiOf({ canaries: [], warning: '299 - "cannot be read"' }, { canaries: [] });
    const print = ({ metadata }: Canary, isGone: boolean): string => {
      printed.push(`${metadata.name} ${isGone}`);
      return '';
    };
    await expect(watchScope(api, SCOPE, seen, print)).rejects.toThrow('the test is over');
    expect(printed).toEqual(['cart true']);
  });

  test('one canary by its name, which is not found any more, is gone', async () => {
    const gone: boolean[] = [];
    const api = apiOf(new ServerError(404, 'Error from server (NotFound)', 'NotFound'));
    const print = (_canary: Canary, isGone: boolean): string => {
      gone.push(isGone);
      return '';
    };
    await expect(watchScope(api, { ...SCOPE, name: 'cart' }, seen, print)).rejects.toThrow('the test is over');
    expect(gone).toEqual([true]);
  });
});

describe('warnings of the release API', () => {
  test.each([
    ['one', '299 - "a"', ['a']],
    ['several, each once', '299 - "a", 299 - "b, c", 299 - "a"', ['a', 'b, c']],
    [
      'with a date and escapes',
      '299 - "say \\"x\\" \\\\" "Sun, 22 Nov 2026 12:00:00 GMT", 299 x "b"',
      ['say "x" \\', 'b'],
    ],
    ['of another code, or empty', '110 - "stale", 299 - "", 299 - "b"', ['b']],
    ['up to where it is none', '299 - "a", nonsense, 299 - "b"', ['a']],
    ['that does not end', '299 - "a', ['a']],
    ['with what a terminal would obey', '299 - "a\u009bb"', ['a b']],
    ['none', undefined, []],
  ])('%s', (_what, header, sentences) => {
    const printed: string[] = [];
    createWarner((text) => printed.push(text))(header);
    expect(printed).toEqual(sentences.map((sentence) => `Warning: ${sentence}\n`));
  });

  test.each([
    ['get', '-o', 'name'],
    ['list'],
    ['set-weight', 'cart', '10'],
    ...['abort', 'retry', 'start', 'promote', 'pause', 'resume', 'skip', 'undo'].map((verb) => [verb, 'cart']),
    ['wait', 'cart', '--for', 'phase=Initializing'],
    ['preview', 'cart'],
    ['proxies', 'cart'],
    ['history', 'cart'],
    ['delete', 'cart'],
  ])('are printed on standard error: %s', async (...verb) => {
    const end = await startFarEnd();
    end.warning = '299 - "canary shop/pay cannot be read"';
    const { stderr } = await outrigger(['canary', ...verb, '-n', 'shop', '--url', end.url]);
    expect(stderr).toBe('Warning: canary shop/pay cannot be read\n');
  });
});
