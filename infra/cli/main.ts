import { createProgram } from './program.ts';
import { runCommandLine } from './run.ts';
import { readVersion } from './version.ts';

const words = process.argv.slice(2);
await runCommandLine(await createProgram(await readVersion(), words), words);
