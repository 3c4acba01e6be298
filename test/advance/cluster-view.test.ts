import { expect, test } from 'vitest';
import { type ViewStore, viewOf } from '../../functions/advance/step/cluster-view.ts';
import type { ProxyReport } from '../../functions/canary/proxy-reports.ts';
import { CanaryStoreError } from '../../functions/errors.ts';

const never = (): Promise<never> => Promise.reject(new Error('unused'));

/** A pass whose reports come when they are let, or fail when the signal of their read ends. */
function passOver(pass: AbortSignal) {
  const { promise, resolve } = Promise.withResolvers<readonly ProxyReport[]>();
  let reads = 0;
  const readProxyReports: ViewStore['readProxyReports'] = async (_, signal) => {
    reads++;
    const { promise: ended, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(new CanaryStoreError('broken off')));
    return await Promise.race([promise, ended]);
  };
  const steps = { readProxyReports, readHosts: never, readFreezes: never, findPace: never };
  const view = viewOf({ steps, discoveryOf: never }, pass);
  return { view, come: () => resolve([]), reads: () => reads };
}

test('a look that is over ends no read that others wait for', async () => {
  const first = new AbortController();
  const { view, come, reads } = passOver(new AbortController().signal);
  const [one, other] = [view('prod', first.signal).reports(), view('prod', new AbortController().signal).reports()];
  first.abort();
  await expect(one).rejects.toBeInstanceOf(CanaryStoreError);
  come();
  expect(await other).toEqual([]);
  expect(reads()).toBe(1);
});

test('a look that is over waits for nothing, also where others read', async () => {
  const over = AbortSignal.abort();
  const { view, come } = passOver(new AbortController().signal);
  const other = view('prod', new AbortController().signal).reports();
  await expect(view('prod', over).reports()).rejects.toThrow('the time of this look is over');
  come();
  expect(await other).toEqual([]);
});

test('the end of the pass ends what is read', async () => {
  const pass = new AbortController();
  const { view } = passOver(pass.signal);
  const reading = view('prod', new AbortController().signal).reports();
  pass.abort();
  await expect(reading).rejects.toThrow('broken off');
});
