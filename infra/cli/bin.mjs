#!/usr/bin/env node
// The outrigger command. The sources are TypeScript that Node 24 runs as they are; where an older Node was found first
// (this file called without npx or npm), the Node of the project's own dependencies takes over.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const itself = fileURLToPath(import.meta.url);
const own = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= 24) {
  // What Node makes of the sources is kept for the next call, which starts in a third of the time. Not in the temporary
  // folder, Node's default: others may write there, and what lies there is run.
  module.enableCompileCache(join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'outrigger', 'compiled'));
  await import('./main.ts');
} else if (existsSync(own)) {
  const run = spawnSync(own, [itself, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} else {
  process.stderr.write('error: outrigger needs Node 24; run "npm ci" in its folder, which brings one\n');
  process.exitCode = 1;
}
