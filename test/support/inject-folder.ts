import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { outrigger, type Run } from './outrigger.ts';

/** A temporary folder in which `outrigger inject` is run. */
export interface InjectFolder {
  readonly root: string;
  write(file: string, text: string): Promise<void>;
  /** Runs `outrigger inject` with the folder's templates. */
  inject(args: readonly string[], stdin?: string): Promise<Run>;
  remove(): Promise<void>;
}

/** Makes a folder with the templates `one` (the default one), `two` and `labels`. */
export async function makeInjectFolder(): Promise<InjectFolder> {
  const root = await mkdtemp(join(tmpdir(), 'outrigger-inject-'));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  };
  await write('templates/one.yaml', 'containers: [{name: one, image: "one:1"}]\n');
  await write('templates/two.yaml', 'containers: [{name: two, image: "two:1"}]\n');
  await write('templates/labels.yaml', 'metadata: {labels: {team: shop}}\n');
  await write('.outrigger/clusters/local.yaml', 'defaultTemplates: [one]\n');
  return {
    root,
    write,
    inject: (args, stdin = '') => outrigger(['inject', '--templates', 'templates', ...args], { cwd: root, stdin }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
