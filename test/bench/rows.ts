/** One measured figure with its goal. `goal` absent: for reading only. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal?: number;
}

/** Rounds of every measurement; the median is shown, so that a busy machine moves little. */
const ROUNDS = 7;

/**
 * Rounds before those. V8 compiles the way of a review until about its 24,000th call, on threads whose time counts here: of
 * the shortest review the third round of 4,000 calls costs three times as much as the seventh.
 */
const WARM_UP_ROUNDS = 6;

/** Whether a row reaches its goal. */
export function isReached({ value, goal }: Row): boolean {
  return goal === undefined || value <= goal;
}

/** CPU time of the process that `work` takes, in milliseconds. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** As `cpuMs`, for work that is asynchronous. */
async function cpuMsAsync(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** The middle one of several numbers. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/**
 * CPU time of `work` as a multiple of N, `JSON.stringify(JSON.parse(text))` of the same bytes in the same process:
 * both run in turn in every round, and the median of the rounds' ratios counts.
 *
 * @param budgetBytes how much text one round works through; sets the number of repetitions
 */
export async function ratioToN(
  text: string,
  work: () => Promise<unknown>,
  budgetBytes = 12_000_000,
): Promise<{ ratio: number; workMs: number }> {
  const repetitions = Math.max(5, Math.round(budgetBytes / text.length));
  const ratios: number[] = [];
  const times: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const n = cpuMs(() => {
      for (let i = 0; i < repetitions; i++) JSON.stringify(JSON.parse(text));
    });
    const ours = await cpuMsAsync(async () => {
      for (let i = 0; i < repetitions; i++) await work();
    });
    if (round >= WARM_UP_ROUNDS) {
      ratios.push(ours / n);
      times.push(ours / repetitions);
    }
  }
  return { ratio: median(ratios), workMs: median(times) };
}
