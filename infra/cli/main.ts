import { readFile } from 'node:fs/promises';
import { createProgram } from './program.ts';
import { runCommandLine } from './run.ts';

const { version }: { version: string } = JSON.parse(
  await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
);

await runCommandLine(createProgram(version));
