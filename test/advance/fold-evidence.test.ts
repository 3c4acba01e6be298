import { describe, expect, test } from 'vitest';
import { foldEvidence, rangeOf } from '../../functions/advance/step/fold-evidence.ts';
import { placeIn } from '../../functions/advance/step/place-in.ts';
import { addProxies, proxySteps } from '../../functions/advance/step/proxy-counts.ts';
import { recordOf } from '../../functions/advance/step/record-of.ts';
import type { Canary, Release } from '../../functions/canary/canary.ts';
import type { EvidenceRow } from '../../functions/canary/evidence/evidence-store.ts';
import type { ReleaseRecord } from '../../functions/canary/steps/release-record.ts';
import { begin } from '../../functions/canary/transitions/start-release.ts';
import { TIMES } from '../support/release-times.ts';
import { releaseOf } from '../support/releases.ts';
import { releaseManifest } from '../support/use-cases.ts';

/** The beginning of a slot. */
const START = Date.parse('2026-11-22T12:00:00.000Z');
const time = (seconds: number): string => new Date(START + seconds * 1_000).toISOString();
const { strategy } = releaseManifest('cart', { strategy: { steps: [{ setWeight: 10 }, { setWeight: 50 }] } }).spec;
if (strategy === undefined) throw new Error('it has one');
const STARTED = begin(releaseOf({ atRest: true }), strategy, 'Start', { now: START, times: TIMES });
const FIRST = STARTED.status.release;
if (FIRST === undefined) throw new Error('it is started');
/** 100/0 from version 2, 10 % from version 5, confirmed a while later each. */
const RELEASE: Release = {
  ...FIRST,
  currentStepIndex: 0,
  taken: [
    { step: -1, weight: 0, resourceVersion: '2', confirmedAt: time(10) },
    { step: 0, weight: 10, resourceVersion: '5', confirmedAt: time(70) },
  ],
};
const CANARY: Canary = { ...STARTED, status: { ...STARTED.status, release: RELEASE } };
const EMPTY = recordOf(CANARY, RELEASE, undefined, START);

interface Counted {
  /** Seconds after the start. */
  readonly at: number;
  readonly version: number;
  readonly weight: number;
  /** Responses and 5xx of the canary; stable has nine times as many responses. */
  readonly canary: readonly [responses: number, errors: number];
  readonly proxy?: string;
  /** Requests of stable that have no response yet, or are answered now. */
  readonly balance?: number;
}

/** The rows of one environment in which that was counted. */
function rowsOf(counted: readonly Counted[]): readonly EvidenceRow[] {
  const slots = Object.groupBy(counted, ({ at }) => String(Math.floor(at / 30) * 30));
  return Object.entries(slots).map(([slot, all = []]) => {
    const sums = ({ canary: [n, bad], balance = 0 }: Counted) =>
      [[[9 * n, 0, 0, 0, 0, balance]], [[n, bad, 0, 0, 0, 0]]] as const;
    return {
      slot: START + Number(slot) * 1_000,
      writtenAt: START + Number(slot) * 1_000,
      steps: all.map(({ version, weight }) => ['shop', `v${version}`, String(version), 100 - weight, weight] as const),
      windows: all.map((one, i) => [(one.at - Number(slot)) * 1_000, i, ...sums(one)] as const),
      proxies: all.map((one, i) => [one.proxy ?? 'a00000000000', 1, i, ...sums(one)] as const),
      names: all.map(({ proxy = 'a00000000000' }) => [proxy, 'shop', `pod-${proxy.slice(0, 2)}`] as const),
      ...{ reporting: '', silent: '', numbers: [], full: [], kept: [], late: 0 },
    };
  });
}

const fold = (record: ReleaseRecord, counted: readonly Counted[], seconds: number) => {
  const now = START + seconds * 1_000;
  const range = rangeOf(record, now);
  const rows = rowsOf(counted).filter(({ slot }) => slot >= range.from && slot <= range.to);
  return foldEvidence(record, CANARY, RELEASE, rows, now);
};
const every = (from: number, to: number, more: Partial<Counted>): readonly Counted[] =>
  Array.from({ length: (to - from) / 5 }, (_, i) => ({
    ...{ at: from + 5 * i, version: 5, weight: 10, canary: [10, 1] as const },
    ...more,
  }));
const SOME = [
  ...every(10, 60, { version: 2, weight: 0, canary: [0, 0], balance: -1 }),
  ...every(60, 200, { balance: 1 }),
  ...every(60, 200, { proxy: 'b00000000000', canary: [5, 0] }),
];

describe('what counts', () => {
  test('windows from the confirmation of their weight on, closed ones alone', () => {
    const { record } = fold(EMPTY, every(60, 110, {}), 120);
    // From second 70 on, and up to the window that closes at 120.
    expect(record.verdict.steps[0]).toMatchObject({ windows: 8, responses: { canary: 80 }, bad: { canary: 8 } });
    expect(fold(record, every(60, 110, {}), 125).record.verdict.steps[0]?.windows).toBe(8);
  });

  test('the weight that the release took, under any later write that left it', () => {
    const one = (version: number, weight: number) =>
      fold(EMPTY, every(80, 100, { version, weight }), 200).record.verdict.steps[0]?.windows;
    expect([one(5, 10), one(7, 10), one(7, 30), one(4, 10)]).toEqual([4, 4, 0, 0]);
    expect(placeIn(RELEASE, { resourceVersion: '1', weights: { stable: 100, canary: 0 } })).toBeUndefined();
  });

  test('a window that a write parts which moves no weight, whole', () => {
    const parted = [5, 6, 7].flatMap((version) => every(80, 100, { version, canary: [10, 1] }));
    const { steps } = fold(EMPTY, parted, 200).record.verdict;
    expect(steps[0]).toMatchObject({ windows: 4, responses: { canary: 120 }, bad: { canary: 12 } });
  });

  test('what is kept alone: a release that was not looked at for long is caught up with at once', () => {
    const now = START + 9 * 3_600_000;
    const { from, to } = rangeOf(EMPTY, now);
    expect([now - from <= 6 * 3_600_000 + 60_000, to > from]).toEqual([true, true]);
    let record = EMPTY;
    let looks = 0;
    for (let isCaughtUp = false; !isCaughtUp; looks++) {
      const folded = foldEvidence(record, CANARY, RELEASE, [], now + 5_000 * looks);
      expect(folded.record.windowsUntil).toBeGreaterThan(record.windowsUntil);
      ({ record, isCaughtUp } = folded);
    }
    expect(looks).toBeLessThanOrEqual(38);
  });

  test('the baseline is stable alone', () => {
    const { verdict } = fold(EMPTY, SOME, 60).record;
    expect([verdict.baseline.seconds, verdict.steps[0]?.windows]).toEqual([40, 0]);
  });
});

describe('each once', () => {
  test('by one look or by many, the record is the same, byte for byte', () => {
    const whole = fold(EMPTY, SOME, 300);
    let record = EMPTY;
    for (let seconds = 15; seconds <= 300; seconds += 5) record = fold(record, SOME, seconds).record;
    expect(JSON.stringify(record)).toBe(JSON.stringify(whole.record));
    expect(JSON.stringify(fold(record, SOME, 300).record)).toBe(JSON.stringify(record));
    expect(record.verdict.steps[0]?.windows).toBe(26);
  });

  test('single proxies have all slots, those that are not over included, and none twice', () => {
    let record = EMPTY;
    for (let seconds = 15; seconds <= 195; seconds += 5) {
      const folded = fold(
        record,
        SOME.filter(({ at }) => at <= seconds),
        seconds,
      );
      record = folded.record;
      const counted = SOME.filter(({ at, weight, proxy }) => at <= seconds && weight === 10 && proxy === undefined);
      const [first] = proxySteps(folded.proxies, 3);
      expect(first?.steps[0]?.nc ?? 0, String(seconds)).toBe(10 * counted.length);
    }
    expect(proxySteps(record.proxies, 3).map(({ id }) => id)).toEqual(['pod-a0', 'pod-b0']);
  });

  test('a report that was sent again counts once where no row has its number', () => {
    const kept = ['abcdef', 5_000, 0, 'c00000000000', 'c', [[90, 0, 0, 0, 0, 0]], [[10, 1, 0, 0, 0, 0]]] as const;
    const rows = rowsOf(every(90, 210, {})).map((row, i) => (i === 0 ? { ...row, kept: [kept] } : row));
    let record = EMPTY;
    for (let seconds = 95; seconds <= 260; seconds += 5) {
      const now = START + seconds * 1_000;
      const range = rangeOf(record, now);
      const read = rows.filter(({ slot }) => slot >= range.from && slot <= range.to);
      ({ record } = foldEvidence(record, CANARY, RELEASE, read, now));
    }
    const again = proxySteps(record.proxies, 3).find(({ id }) => id.startsWith('c'));
    expect(again?.steps[0]).toEqual({ c: 1, s: 0, nc: 10, ns: 90 });
    expect(record.verdict.steps[0]?.responses.canary).toBe(24 * 10 + 10);
  });

  test('a long gap is read in pieces, and not decided on before its end', () => {
    const many = every(60, 2_000, {});
    const looks: boolean[] = [];
    let folded = fold(EMPTY, many, 2_100);
    for (; !folded.isCaughtUp; folded = fold(folded.record, many, 2_100)) looks.push(folded.isCaughtUp);
    expect(looks.length).toBeGreaterThanOrEqual(3);
    expect(folded.record.verdict.steps[0]?.windows).toBe((2_000 - 70) / 5);
  });

  test('too many proxies are summed by the first letters of their keys, and nothing is lost', () => {
    const crowd = Array.from({ length: 300 }, (_, i): Counted => {
      const proxy = `${i.toString(16).padStart(3, '0')}000000000`;
      return { at: 90, version: 5, weight: 10, canary: [10, 1], proxy };
    });
    const { proxies } = fold(EMPTY, crowd, 200);
    expect(proxies.length).toBeLessThan(200);
    const all = proxySteps(proxies, 3).reduce((sum, { steps }) => sum + (steps[0]?.nc ?? 0), 0);
    expect(all).toBe(3_000);
    const again = addProxies(proxies, { counted: { proxies: new Map(), add: () => {} }, names: new Map() }, RELEASE);
    expect(again).toEqual(proxies);
  });
});
