import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a copy of the project does without: installed, made or kept elsewhere. */
const LEFT_OUT = new Set(['node_modules', '.git', '.outrigger', '.serverless', 'dist', 'coverage']);

/** Does something with a copy of the project, in which the product can be broken, and removes the copy afterwards. */
export async function withProjectCopy(root: string, work: (copy: string) => Promise<void>): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), 'outrigger-copy-'));
  try {
    for (const name of await readdir(root)) {
      if (!LEFT_OUT.has(name)) await cp(join(root, name), join(copy, name), { recursive: true });
    }
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    await work(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
