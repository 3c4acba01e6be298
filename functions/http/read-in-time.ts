/**
 * What a read brings within `readMs` milliseconds; rejects with the signal's reason when they are over. A read that is deaf
 * to its signal is given up all the same: the next one must be able to start.
 */
export async function readInTime<T>(read: (signal: AbortSignal) => Promise<T>, readMs: number): Promise<T> {
  const signal = AbortSignal.timeout(readMs);
  let giveUp: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp);
  });
  return await Promise.race([read(signal), aborted]).finally(() => signal.removeEventListener('abort', giveUp));
}
