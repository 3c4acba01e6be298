import { expect, test } from 'vitest';
import { createLog } from '../functions/log.ts';

function lines(run: (log: ReturnType<typeof createLog>) => void): readonly string[] {
  const written: string[] = [];
  run(
    createLog(
      (line) => written.push(line),
      () => Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    ),
  );
  return written;
}

test('an event is one JSON object on one line', () => {
  const [line = ''] = lines((log) => log('warn', 'two\nlines', { status: 403, ok: false, names: ['a', 'b'] }));
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    time: '2026-01-02T03:04:05.006Z',
    level: 'warn',
    message: 'two\nlines',
    status: 403,
    ok: false,
    names: ['a', 'b'],
  });
});

test.each([
  [[0, 7, 89, 999, 1_000, 999, 1_999]],
  [[Date.UTC(2026, 11, 31, 23, 59, 59, 999), Date.UTC(2027, 0, 1), Date.UTC(2026, 11, 31, 23, 59, 59)]],
  [[-1, -1_000, 1_500.5, 1_501, 253_402_300_800_000, 253_402_300_800_001]],
])('times are those of the clock, whatever was written before: %j', (clock) => {
  const times: unknown[] = [];
  const left = [...clock];
  const log = createLog(
    (line) => times.push(JSON.parse(line).time),
    () => left.shift() ?? 0,
  );
  for (const _ of clock) log('info', 'm', {});
  expect(times).toEqual(clock.map((ms) => new Date(ms).toISOString()));
});

test('a field without a value is left out', () => {
  const [line = ''] = lines((log) => log('info', 'm', { owner: undefined }));
  expect(Object.keys(JSON.parse(line))).toEqual(['time', 'level', 'message']);
});

test.each<[string, (line: string) => void, () => number]>([
  [
    'a sink that throws',
    () => {
      throw new Error('EPIPE');
    },
    Date.now,
  ],
  ['a clock that knows no time', () => {}, () => Number.NaN],
])('%s never fails a request', (_case, write, now) => {
  expect(() => createLog(write, now)('info', 'm', {})).not.toThrow();
});
