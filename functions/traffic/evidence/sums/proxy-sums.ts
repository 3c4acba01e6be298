import { addTo, type RunningTracks, runningTracks, type TracksSums } from './track-sums.ts';

/** What one proxy counted under one step. */
export interface ProxyStep<S> {
  readonly step: S;
  readonly tracks: TracksSums;
}

interface RunningStep<S> extends ProxyStep<S> {
  readonly tracks: RunningTracks;
}

/** Sums by proxy and step. */
export interface ProxySums<S> {
  /** By the proxy's key and the step's; `B` and two letters of the key stand for many proxies. */
  readonly proxies: ReadonlyMap<string, ReadonlyMap<string, ProxyStep<S>>>;
  /** Latency is not kept. `key` may be one that stands for many. */
  add(key: string, stepKey: string, added: ProxyStep<S>): void;
}

/** Proxies that are summed one by one; of more there are 256 sums, by the first two letters of their keys. */
export const PROXIES_MAX = 200;
const BUCKET = /^B[0-9a-f]{2}$/;

/** Whether a key stands for many proxies. */
export function isBucket(key: string): boolean {
  return BUCKET.test(key);
}

/**
 * Sums of nothing. All proxies are summed one by one, or none is: who stands alone must not depend on who came first.
 *
 * @param bucketOf which sum a proxy has a part in once there are too many; its own key where that stands for many already
 */
export function createProxySums<S>(most: number, bucketOf: (key: string) => string): ProxySums<S> {
  const proxies = new Map<string, Map<string, RunningStep<S>>>();
  let isBucketed = false;

  return {
    proxies,
    add(key, stepKey, added) {
      if (!isBucketed && (bucketOf(key) === key || (!proxies.has(key) && proxies.size >= most))) intoBuckets();
      put(isBucketed ? bucketOf(key) : key, stepKey, added);
    },
  };

  function intoBuckets(): void {
    isBucketed = true;
    const alone = [...proxies];
    proxies.clear();
    for (const [key, steps] of alone) for (const [name, one] of steps) put(bucketOf(key), name, one);
  }

  function put(key: string, stepKey: string, { step, tracks }: ProxyStep<S>): void {
    const steps = proxies.get(key) ?? new Map<string, RunningStep<S>>();
    const running = steps.get(stepKey) ?? { step, tracks: runningTracks() };
    proxies.set(key, steps.set(stepKey, running));
    addTo(running.tracks, tracks, 'no latency');
  }
}

/** The sum that a proxy that counts has a part in: one of 256. */
export function bucketByKey(key: string): string {
  return isBucket(key) ? key : `B${key.slice(0, 2)}`;
}

/** The one sum of all proxies that inform, once they are too many. */
export function oneBucket(): string {
  return 'B00';
}
