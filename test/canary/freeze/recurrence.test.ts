import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../../functions/canary/freeze/local-time.ts';
import { occursOn } from '../../../functions/canary/freeze/occurs-on.ts';
import { parseRecurrence, type Recurrence } from '../../../functions/canary/freeze/recurrence.ts';

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`) / DAY_MS;

function ruleOf(text: string): Recurrence {
  const read = parseRecurrence(text);
  if ('fault' in read) throw new Error(read.fault);
  return read.recurrence;
}

/** The first so many days of a rule. */
function daysOf(text: string, start: string, most: number): readonly string[] {
  const rule = ruleOf(text);
  const found: string[] = [];
  for (let each = day(start); found.length < most && each < day(start) + 5_000; each++) {
    if (occursOn(each, day(start), rule)) found.push(new Date(each * DAY_MS).toISOString().slice(0, 10));
  }
  return found;
}

// Of RFC 5545 §3.8.5.3, whose DTSTART is 1997-09-02 unless the example has another one.
describe('the examples of RFC 5545', () => {
  test.each<[string, string, readonly string[]]>([
    ['FREQ=DAILY', '1997-09-02', ['1997-09-02', '1997-09-03', '1997-09-04']],
    ['FREQ=DAILY;INTERVAL=10', '1997-09-02', ['1997-09-02', '1997-09-12', '1997-09-22', '1997-10-02']],
    ['FREQ=YEARLY;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA', '1998-01-01', ['1998-01-01', '1998-01-02', '1998-01-03']],
    ['FREQ=DAILY;BYMONTH=1', '1998-01-30', ['1998-01-30', '1998-01-31', '1999-01-01']],
    ['FREQ=WEEKLY', '1997-09-02', ['1997-09-02', '1997-09-09', '1997-09-16']],
    ['FREQ=WEEKLY;INTERVAL=2', '1997-09-02', ['1997-09-02', '1997-09-16', '1997-09-30', '1997-10-14']],
    ['FREQ=WEEKLY;BYDAY=TU,TH', '1997-09-02', ['1997-09-02', '1997-09-04', '1997-09-09', '1997-09-11']],
    [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR',
      '1997-09-01',
      ['1997-09-01', '1997-09-03', '1997-09-05', '1997-09-15', '1997-09-17', '1997-09-19', '1997-09-29'],
    ],
    ['FREQ=MONTHLY;BYDAY=1FR', '1997-09-05', ['1997-09-05', '1997-10-03', '1997-11-07', '1997-12-05']],
    [
      'FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU',
      '1997-09-07',
      ['1997-09-07', '1997-09-28', '1997-11-02', '1997-11-30', '1998-01-04', '1998-01-25'],
    ],
    ['FREQ=MONTHLY;BYDAY=-2MO', '1997-09-22', ['1997-09-22', '1997-10-20', '1997-11-17', '1997-12-22']],
    ['FREQ=MONTHLY;BYMONTHDAY=-3', '1997-09-28', ['1997-09-28', '1997-10-29', '1997-11-28', '1997-12-29']],
    ['FREQ=MONTHLY;BYMONTHDAY=1,-1', '1997-09-30', ['1997-09-30', '1997-10-01', '1997-10-31', '1997-11-01']],
    ['FREQ=MONTHLY;INTERVAL=18;BYMONTHDAY=10,11', '1997-09-10', ['1997-09-10', '1997-09-11', '1999-03-10']],
    ['FREQ=YEARLY;BYMONTH=6,7', '1997-06-10', ['1997-06-10', '1997-07-10', '1998-06-10', '1998-07-10']],
    ['FREQ=YEARLY;INTERVAL=3;BYMONTH=1,3', '1997-03-10', ['1997-03-10', '2000-01-10', '2000-03-10', '2003-01-10']],
    ['FREQ=YEARLY;BYDAY=20MO', '1997-05-19', ['1997-05-19', '1998-05-18', '1999-05-17']],
    ['FREQ=YEARLY;BYMONTH=3;BYDAY=TH', '1997-03-13', ['1997-03-13', '1997-03-20', '1997-03-27', '1998-03-05']],
    ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', '1998-02-13', ['1998-02-13', '1998-03-13', '1998-11-13', '1999-08-13']],
    [
      'FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13',
      '1997-09-13',
      ['1997-09-13', '1997-10-11', '1997-11-08', '1997-12-13'],
    ],
    [
      'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
      '1996-11-05',
      ['1996-11-05', '2000-11-07', '2004-11-02'],
    ],
    // "months that have no 31st day are left out"
    ['FREQ=MONTHLY', '1997-01-31', ['1997-01-31', '1997-03-31', '1997-05-31']],
    ['FREQ=YEARLY', '1996-02-29', ['1996-02-29', '2000-02-29', '2004-02-29']],
  ])('%s from %s', (text, start, expected) => {
    expect(daysOf(text, start, expected.length)).toEqual(expected);
  });
});

describe('what is no rule, or one that is not built, is refused by name', () => {
  test.each([
    ['', /must be an RRULE such as FREQ=WEEKLY;BYDAY=FR/],
    ['FREQ', /must be an RRULE/],
    ['RRULE:FREQ=DAILY', /must be an RRULE/],
    ['INTERVAL=2', /^FREQ must be one of DAILY, WEEKLY, MONTHLY, YEARLY$/],
    ['FREQ=HOURLY', /^FREQ must be one of/],
    ['FREQ=DAILY;FREQ=DAILY', /^FREQ is there twice$/],
    ['FREQ=DAILY;BYHOUR=3', /^BYHOUR is not supported; known are FREQ, INTERVAL/],
    ['FREQ=DAILY;BYMINUTE=3', /^BYMINUTE is not supported/],
    ['FREQ=DAILY;BYSECOND=3', /^BYSECOND is not supported/],
    ['FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1', /^BYSETPOS is not supported/],
    ['FREQ=YEARLY;BYWEEKNO=20', /^BYWEEKNO is not supported/],
    ['FREQ=YEARLY;BYYEARDAY=100', /^BYYEARDAY is not supported/],
    ['FREQ=WEEKLY;WKST=SU', /^WKST is not supported/],
    ['FREQ=DAILY;INTERVAL=0', /^INTERVAL must be a number from 1 to 366$/],
    ['FREQ=DAILY;INTERVAL=+1', /^INTERVAL must be a number/],
    ['FREQ=DAILY;INTERVAL=1e3', /^INTERVAL must be a number/],
    ['FREQ=DAILY;COUNT=1001', /^COUNT must be a number from 1 to 1000$/],
    ['FREQ=DAILY;COUNT=3;UNTIL=20270101', /^COUNT and UNTIL exclude each other$/],
    ['FREQ=DAILY;UNTIL=20270230', /^UNTIL must be a day such as 20261231/],
    ['FREQ=DAILY;UNTIL=20270101T250000Z', /^UNTIL must be/],
    ['FREQ=DAILY;UNTIL=20270101T120000', /^UNTIL must be/],
    ['FREQ=WEEKLY;BYMONTHDAY=1', /^FREQ=WEEKLY takes no BYMONTHDAY$/],
    ['FREQ=WEEKLY;BYDAY=1MO', /^FREQ=WEEKLY takes days of the week without a number$/],
    ['FREQ=DAILY;BYDAY=-1FR', /^FREQ=DAILY takes days of the week without a number$/],
    ['FREQ=MONTHLY;BYDAY=6MO', /^BYDAY must count from 1 to 5, or from -5 to -1$/],
    ['FREQ=YEARLY;BYDAY=54MO', /^BYDAY must be a number from 1 to 53/],
    ['FREQ=MONTHLY;BYDAY=XX', /^BYDAY must be days such as MO,FR/],
    ['FREQ=MONTHLY;BYDAY=', /^BYDAY must be days/],
    ['FREQ=MONTHLY;BYMONTHDAY=32', /^BYMONTHDAY must be a number from 1 to 31 or from -31 to -1$/],
    ['FREQ=MONTHLY;BYMONTHDAY=0', /^BYMONTHDAY must be/],
    ['FREQ=YEARLY;BYMONTH=-1', /^BYMONTH must be a number from 1 to 12$/],
    ['FREQ=DAILY;__proto__=1', /must be an RRULE/],
  ])('%s', (text, fault) => {
    expect(parseRecurrence(text)).toEqual({ fault: expect.stringMatching(fault) });
  });
});
