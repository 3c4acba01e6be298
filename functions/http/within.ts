/** Waits for a promise, but no longer than `ms`; the promise goes on. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, ms));
  });
  return await Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
