#!/usr/bin/env node
// The outrigger command. The sources are TypeScript that Node 24 runs as they are; where an older Node was found first
// (this file called without npx or npm), the Node of the project's own dependencies takes over.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const own = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import('./main.ts');
} else if (existsSync(own)) {
  const run = spawnSync(own, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} else {
  process.stderr.write('error: outrigger needs Node 24; run "npm ci" in its folder, which brings one\n');
  process.exitCode = 1;
}
