import type { Random } from './random.ts';
import type { Outcome, Plan } from './run-release.ts';
import { trafficOf, type World } from './world.ts';

/** Flagger's usual rule: at least 99 % of the canary's responses are good, each minute; five failed checks take it back. */
const SUCCESS_MIN = 0.99;
const FAILED_MAX = 5;
const CHECK_WINDOWS = 12;

/**
 * Runs one release by Flagger's rule. Failed checks add up over the release (`status.failedChecks` is set back by a new
 * revision alone), and a minute without responses is a failed check, as in its source (1.44).
 */
export function runFlagger(world: World, { shares, stepSeconds = 600 }: Plan, random: Random): Outcome {
  const traffic = trafficOf(world, random);
  for (let i = 0; i < 24; i++) traffic.window(-1, 0);
  let [seconds, failed] = [0, 0];
  for (const [step, weight] of shares.entries()) {
    for (let minute = 0; minute < stepSeconds / 60; minute++) {
      let [responses, bad] = [0, 0];
      for (let i = 0; i < CHECK_WINDOWS; i++) {
        const { canary } = traffic.window(step, weight);
        responses += canary.responses;
        bad += canary.bad;
      }
      seconds += 60;
      if (responses === 0 || 1 - bad / responses < SUCCESS_MIN) failed++;
      if (failed >= FAILED_MAX) return { end: 'stopped', seconds, bad: traffic.canaryBad };
    }
  }
  return { end: 'released', seconds, bad: traffic.canaryBad };
}
