/** What is to be told of the proxies of one namespace. */
export interface NamespaceShare<Entry> {
  readonly namespace: string;
  /** Every n-th of its proxies is told of. */
  readonly sampling: number;
  readonly entries: readonly Entry[];
}

/** One proxy of a report, by its key, with the bytes that it takes there. */
interface Sized {
  readonly key: string;
  readonly namespace: string;
  readonly bytes: number;
}

/** Whether a proxy belongs to the sample of every n-th. A larger sample holds every smaller one. */
export function isSampled(key: string, sampling: number): boolean {
  return sampling === 1 || Number.parseInt(key, 16) % sampling === 0;
}

/**
 * Leaves proxies out until the rest fits: of the namespace that takes most, half of them, again and again. So a tenant
 * with thousands of proxies is told of by a sample, and the others are told of in full.
 *
 * @param room bytes
 */
export function fitting<Entry extends Sized>(entries: readonly Entry[], room: number): NamespaceShare<Entry>[] {
  const shares = [...Map.groupBy(entries, ({ namespace }) => namespace)].map(([namespace, own]) =>
    shareOf(namespace, 1, own),
  );
  let total = shares.reduce((sum, { bytes }) => sum + bytes, 0);
  while (total > room) {
    const most = shares.reduce((a, b) => (b.bytes > a.bytes ? b : a));
    const { namespace, sampling, entries: own, bytes } = most;
    const fewer = shareOf(
      namespace,
      2 * sampling,
      own.filter(({ key }) => isSampled(key, 2 * sampling)),
    );
    shares.splice(shares.indexOf(most), 1, fewer);
    total -= bytes - fewer.bytes;
  }
  return shares;
}

function shareOf<Entry extends Sized>(
  namespace: string,
  sampling: number,
  entries: readonly Entry[],
): NamespaceShare<Entry> & { readonly bytes: number } {
  return { namespace, sampling, entries, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
}
