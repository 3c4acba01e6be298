import { describe } from 'vitest';
import { excuse } from './requirements.ts';

/**
 * A suite on a real part. Where the part cannot run, it says why and counts as skipped; in CI it is never skipped, so
 * that it fails instead.
 */
export async function describeReal(
  title: string,
  whyNot: () => Promise<string | undefined>,
  body: () => void,
): Promise<void> {
  const why = await excuse(whyNot);
  if (why === undefined) {
    describe(title, body);
    return;
  }
  process.stderr.write(`NOT RUN: ${title}: ${why}\n`);
  describe.skip(`${title} (not run: ${why})`, body);
}
