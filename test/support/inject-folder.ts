import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const BIN = join(import.meta.dirname, '..', '..', 'infra', 'cli', 'bin.mjs');

/** What a command ended with. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

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
    inject: (args, stdin = '') =>
      new Promise((resolve) => {
        const all = [BIN, 'inject', '--templates', 'templates', ...args];
        const child = execFile(process.execPath, all, { cwd: root }, (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
        });
        child.stdin?.end(stdin);
      }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
