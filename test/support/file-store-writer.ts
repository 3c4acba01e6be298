// A process of its own for the file store's tests: `node file-store-writer.ts FOLDER CLUSTER WRITERS WRITES`. So many
// writers write so many times each to shop/cart, by read and update, and print the version of each write that was
// answered `written`.
import { createFileStore } from '../../functions/table/sqlite/file-store.ts';
import { auditOf, nextOf } from './stored-canaries.ts';

const [folder = '', cluster = '', writers = '1', writes = '1'] = process.argv.slice(2);
const store = createFileStore(folder);
const signal = (): AbortSignal => AbortSignal.timeout(60_000);

async function write(who: string): Promise<void> {
  for (let done = 0; done < Number(writes); ) {
    const current = await store.getCanary({ cluster, namespace: 'shop', name: 'cart' }, signal());
    if (current === undefined) throw new Error('the canary is gone');
    const next = nextOf(current);
    const extras = { audit: auditOf(next, { who }) };
    const { outcome } = await store.update(cluster, current.metadata.resourceVersion, next, extras, signal());
    if (outcome !== 'written') continue;
    done += 1;
    process.stdout.write(`${next.metadata.resourceVersion}\n`);
  }
}

await Promise.all(Array.from({ length: Number(writers) }, (_, i) => write(`${process.pid}-${i}`)));
store.close();
