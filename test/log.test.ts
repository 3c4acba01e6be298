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
