import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * Copies what osls reads into a folder of its own: it writes bundles and zips beside the service, and other tests package
 * at the same time.
 */
export async function copyService(folder: string): Promise<void> {
  for (const name of ['functions', 'infra', 'package.json', 'serverless.yml']) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}
