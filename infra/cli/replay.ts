import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { createTwoFilesPatch } from 'diff';
import { handleRequest } from '../../functions/admission/handle.ts';
import { decodeReview } from '../../functions/admission/review.ts';
import { describeFaults, isRecord } from '../../functions/faults.ts';
import { STATUS } from '../../functions/injection/annotations.ts';
import { createPlanMemo } from '../../functions/injection/plan-memo.ts';
import type { FleetState } from '../../functions/template/template-cache.ts';
import { TEMPLATES_DIR_DEFAULT } from '../local/local-store.ts';
import { STATE_DIR_DEFAULT } from '../local/state.ts';
import { codeOf, UsageError } from './errors.ts';
import { loadLocalState } from './local-state.ts';
import { readSourceFile } from './source-file.ts';

interface Options {
  readonly templates: string;
  readonly candidate: string;
  readonly stateDir: string;
  readonly output?: 'json';
}

/** What became of one recorded review under either set of templates; texts, so that they can be compared. */
interface Replayed {
  readonly review: string;
  readonly before: string;
  readonly after: string;
}

/** `outrigger replay`: recorded AdmissionReviews against candidate templates. */
export function replayCommand(): Command {
  return new Command('replay')
    .description(
      'Answer recorded AdmissionReviews (*.json) with the present templates and with candidates, and show what changes. ' +
        'Exit code 0: nothing changes, 1: something does, 2: an error.',
    )
    .argument('<dir>', 'folder of recorded reviews')
    .requiredOption('--candidate <dir>', 'folder of candidate templates')
    .option('--templates <dir>', 'folder of the present templates', TEMPLATES_DIR_DEFAULT)
    .option('--state-dir <dir>', 'folder with the cluster record', STATE_DIR_DEFAULT)
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json']))
    .action(async (dir: string, { templates, candidate, stateDir, output }: Options) => {
      // Until the end is reached there was an error; 1 means differences, as for diff.
      process.exitCode = 2;
      const states = [
        await loadLocalState({ templates, stateDir }),
        await loadLocalState({ templates: candidate, stateDir }),
      ] as const;
      const replayed: Replayed[] = [];
      for (const file of await reviewFiles(dir)) replayed.push(await replay(dir, file, states));
      const changed = replayed.filter((r) => r.before !== r.after);
      if (output === 'json')
        process.stdout.write(`${JSON.stringify({ reviews: replayed.length, changed }, null, 4)}\n`);
      else {
        const patch = ({ review, before, after }: Replayed): string =>
          createTwoFilesPatch(`${review} now`, `${review} with the candidate`, before, after, '', '', { context: 3 });
        process.stdout.write(`${changed.map(patch).join('')}${changed.length} of ${replayed.length} reviews change\n`);
      }
      process.exitCode = changed.length > 0 ? 1 : 0;
    });
}

async function reviewFiles(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') throw new UsageError(`there is no folder ${dir}`);
    throw error;
  });
  const files = names.filter((name) => name.endsWith('.json')).sort();
  if (files.length === 0) throw new UsageError(`there is no review (*.json) in ${dir}`);
  return files;
}

async function replay(dir: string, name: string, states: readonly [FleetState, FleetState]): Promise<Replayed> {
  const { text, file } = await readSourceFile(join(dir, name));
  return { review: name, before: await answer(text, file, states[0]), after: await answer(text, file, states[1]) };
}

/** The outcome as text: the reason first, then each operation; the webhook's own decoder, decision and injection. */
async function answer(text: string, file: string, state: FleetState): Promise<string> {
  // Decoded for each answer: injecting uses the Pod up.
  const review = decodeReview(text, true);
  if (!review.valid) throw new UsageError(`${file} is not an AdmissionReview: ${describeFaults(review.faults)}`);
  const { request } = review.value;
  const { outcome, choice } = await handleRequest(request, {
    state: async () => state,
    refuseRetired: async () => {},
    plan: createPlanMemo(),
    whole: () => request,
    // What changes is asked of what is served.
    hasRoomForShadow: () => false,
  });
  const operations = outcome.operations.map((o) => JSON.stringify(o, withoutStatus, 2));
  const channel = choice?.place === undefined ? [] : [`channel ${choice.channel} (${choice.reason})`];
  const head = `${outcome.verdict}: ${outcome.sentence} (${outcome.reason})`;
  return `${[head, ...channel, ...outcome.warnings, ...operations].join('\n')}\n`;
}

/** The status annotation names version and hash of the templates, which differ between any two sets. */
function withoutStatus(key: string, value: unknown): unknown {
  if (key === STATUS) return undefined;
  const isStatus =
    isRecord(value) && typeof value['path'] === 'string' && value['path'].endsWith('outrigger.dev~1status');
  return isStatus ? { op: value['op'], path: value['path'] } : value;
}
