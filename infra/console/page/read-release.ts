import type { EvidenceWindow } from '../../../functions/traffic/evidence/describe-evidence.ts';
import { ask, pathOf, RefusedError } from './api.ts';
import { entriesOf, isCanary, isProxies, pageOf, type ReleaseState } from './model.ts';
import type { Key } from './place.ts';

/** Half an hour in one answer; so many answers at most when a release is opened: six hours. */
const WINDOWS = '360';
const PAGES_MAX = 12;
/** Between two looks some windows close, and one may come late. */
const WINDOWS_NEWEST = '12';

/** Reads a release again and again, and keeps the windows that never change. */
export function releaseReader(key: Key): () => Promise<ReleaseState> {
  const kept = new Map<string, EvidenceWindow>();
  let isFilled = false;
  const take = (windows: readonly EvidenceWindow[]): void => {
    for (const window of windows) kept.set(`${window.from} ${window.resourceVersion}`, window);
  };
  return async () => {
    const [canary, proxies, history] = await Promise.all([
      ask({ path: pathOf(key) }),
      unlessUnknown(ask({ path: pathOf(key, 'proxies') })),
      ask({ path: pathOf(key, 'history'), query: { limit: '50' } }),
    ]);
    if (!isCanary(canary)) throw new Error('the endpoint answered something else than a Canary');
    const since = Date.parse(canary.status.release?.startedAt ?? canary.metadata.creationTimestamp);
    if (isFilled) take(pageOf(await unlessUnknown(evidence({ limit: WINDOWS_NEWEST }))).windows);
    else isFilled = await fill(since);
    const windows = [...kept.values()]
      .filter(({ from }) => Date.parse(from) >= since)
      .toSorted(
        (a, b) => Date.parse(a.from) - Date.parse(b.from) || Number(a.resourceVersion) - Number(b.resourceVersion),
      );
    return { canary, proxies: isProxies(proxies) ? proxies : undefined, windows, history: entriesOf(history) };
  };

  async function fill(since: number): Promise<boolean> {
    let from = '';
    for (let page = 0; page < PAGES_MAX; page++) {
      const { windows, next } = pageOf(
        await unlessUnknown(evidence({ limit: WINDOWS, ...(from === '' ? {} : { continue: from }) })),
      );
      take(windows);
      const oldest = windows.at(-1)?.from;
      from = next;
      if (from === '' || (oldest !== undefined && Date.parse(oldest) < since)) return true;
    }
    return true;
  }

  async function evidence(query: Readonly<Record<string, string>>): Promise<unknown> {
    return await ask({ path: pathOf(key, 'evidence'), query });
  }
}

/** Undefined: a control plane without proxies, or of an older version. */
async function unlessUnknown(asked: Promise<unknown>): Promise<unknown> {
  return await asked.catch((error: unknown) => {
    if (error instanceof RefusedError && error.status === 404) return undefined;
    throw error;
  });
}
