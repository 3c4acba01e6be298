#!/usr/bin/env node
// The outrigger command as `npm install` puts it in place: in front of the one bundled file, because only what is loaded
// after the compile cache is enabled is kept in it.
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

if (Number(process.versions.node.split('.')[0]) >= 22) {
  // What Node makes of the file is kept for the next call. Not in the temporary folder, Node's default: others may write
  // there, and what lies there is run.
  module.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'outrigger', 'compiled'));
  await import(new URL('./lib/cli/outrigger.mjs', import.meta.url).href);
} else {
  process.stderr.write(`error: outrigger needs Node 22 or newer; this is ${process.version}\n`);
  process.exitCode = 1;
}
