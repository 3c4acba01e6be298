/** What `node test/bench/discovery-memory.ts` measured: polls of 77 KB, the event parsed for each, on a shared machine. */
export const DISCOVERY = {
  /** The process at its highest, with 2,000 proxies; 87 with 200. */
  peakMb: 114,
  /** Processor time of a poll; the p99 of 200 proxies, which is the higher. */
  p50Us: 88,
  p99Us: 234,
} as const;

/** Lambda gives a whole core at 1,769 MB, and so much less of it with less memory (AWS, "Configure Lambda function memory"). */
const CORE_MB = 1_769;
/** Sizes that are tried. */
export const SIZES_MB = [128, 256, 512, 1_024] as const;
/** So many times the peak: Lambda's own runtime stands beside ours, and canaries come on top. */
const MEMORY_ROOM = 2;
/** A poll's p99 beside the 10 ms that the figures of this page assume for all of it. */
const P99_MS_MAX = 5;

/** What a poll takes with so much memory, in milliseconds: its processor time on its share of a core. */
export function pollMs(memoryMb: number, cpuUs: number): number {
  return cpuUs / 1_000 / (memoryMb / CORE_MB);
}

/** The least memory that leaves room, and keeps the p99. */
export function leastMemory(): number {
  const fits = SIZES_MB.find(
    (size) => size >= MEMORY_ROOM * DISCOVERY.peakMb && pollMs(size, DISCOVERY.p99Us) <= P99_MS_MAX,
  );
  if (fits === undefined) throw new Error('none of the sizes fits');
  return fits;
}
