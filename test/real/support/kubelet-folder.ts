import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes a projected volume as the kubelet does (kubernetes/pkg/volume/util/atomic_writer.go): the files stand in a folder
 * of their own, what a container opens are links through `..data`, and an update changes nothing but that one link.
 *
 * @param files their texts by name; the same names every time
 */
export async function writeProjected(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const fresh = `..${process.hrtime.bigint()}`;
  await mkdir(join(folder, fresh));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, fresh, name), text);
  await symlink(fresh, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  for (const name of Object.keys(files)) await symlink(join('..data', name), join(folder, name)).catch(ignoreThere);
}

function ignoreThere(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}
