import { readFile } from 'node:fs/promises';
import { ServerError } from './canary/server-error.ts';
import { describeError } from './errors.ts';
import { createProgram } from './program.ts';

const { version }: { version: string } = JSON.parse(
  await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
);

try {
  await createProgram(version).parseAsync();
} catch (error) {
  // What the server refused is said as kubectl says it.
  process.stderr.write(error instanceof ServerError ? `${error.message}\n` : `error: ${describeError(error)}\n`);
  // A command may have a code of its own for errors.
  process.exitCode = process.exitCode || 1;
}
