import { describe, expect, test } from 'vitest';
import { event } from '../functions/events/event.ts';
import { createLog } from '../functions/log.ts';

const spoken = event('two\nlines', ['warn', 'error'], {
  status: 'count',
  ok: 'flag',
  names: 'names',
  owner: 'name?',
});
const short = event('m', 'info', { owner: 'name?' });

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

test('an event is one JSON object on one line, with its first level', () => {
  const [line = ''] = lines((log) => log(spoken, { status: 403, ok: false, names: ['a', 'b'] }));
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

test('an event has another of its levels where that is named', () => {
  const [line = ''] = lines((log) => log(spoken, { status: 500, ok: false, names: [] }, 'error'));
  expect(JSON.parse(line)).toMatchObject({ level: 'error' });
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
  for (const _ of clock) log(spoken, { status: 200, ok: true, names: [] });
  expect(times).toEqual(clock.map((ms) => new Date(ms).toISOString()));
});

test('a field without a value is left out', () => {
  const [line = ''] = lines((log) => log(short, { owner: undefined }));
  expect(Object.keys(JSON.parse(line))).toEqual(['time', 'level', 'message']);
});

describe('what the catalogue does not have does not compile', () => {
  const log = createLog(() => {}, Date.now);
  const more = { status: 403, ok: false, names: [], body: 'a' };
  test.each([
    // @ts-expect-error a message alone is no event
    () => log('request failed', {}),
    // @ts-expect-error a field is missing
    () => log(spoken, { status: 403, ok: false }),
    // @ts-expect-error a field is of another type
    () => log(spoken, { status: '403', ok: false, names: [] }),
    // @ts-expect-error a field is not one of the event's, and comes in a spread
    () => log(spoken, { ...more }),
    // @ts-expect-error a level is not one of the event's
    () => log(short, {}, 'error'),
    // @ts-expect-error a field has no kind of its own
    () => event('m', 'info', { body: 'text' }),
    // @ts-expect-error a dimension may be absent
    () => event('m', 'info', { owner: 'name?' }, { count: 'm', by: [['owner']] }),
  ])('%#', (act) => {
    expect(act).toBeTypeOf('function');
  });
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
  expect(() => createLog(write, now)(short, {})).not.toThrow();
});
