import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { createTwoFilesPatch } from 'diff';
import { handleRequest } from '../../../functions/admission/handle.ts';
import { decodeReview } from '../../../functions/admission/review.ts';
import { STATUS } from '../../../functions/injection/annotations.ts';
import { createPlanMemo } from '../../../functions/injection/plan/plan-memo.ts';
import { describeFaults, isRecord } from '../../../functions/json/faults.ts';
import type { FleetState } from '../../../functions/template-store/cache/fleet-state.ts';
import { type DataFormat, dataOutputOption, dataText } from '../data-output.ts';
import { codeOf, UsageError } from '../errors.ts';
import { readSourceFile } from '../source-file.ts';
import { loadState, type StateOptions, withStateOptions, withTemplatesOf } from '../state.ts';
import { readTemplate } from '../template-source.ts';

interface Options extends StateOptions {
  readonly candidate: readonly string[];
  readonly output?: DataFormat;
}

/** What became of one recorded review under either set of templates; texts, so that they can be compared. */
interface Replayed {
  readonly review: string;
  readonly before: string;
  readonly after: string;
}

/** `outrigger replay`: recorded AdmissionReviews against candidate templates. */
export function replayCommand(): Command {
  return withStateOptions(new Command('replay'))
    .description(
      'Answer recorded AdmissionReviews (*.json) with the present templates and with candidates, and show what changes. ' +
        'Exit code 0: nothing changes, 1: something does, 2: an error.',
    )
    .argument('<dir>', 'folder of recorded reviews')
    .requiredOption(
      '--candidate <path...>',
      'a folder of templates, in place of all present ones; or template files, each in place of the one of its name',
    )
    .addOption(dataOutputOption())
    .action(async (dir: string, { candidate, output, ...options }: Options) => {
      // Until the end is reached there was an error; 1 means differences, as for diff.
      process.exitCode = 2;
      const present = await loadState(options);
      const states = [present, await withCandidates(present, candidate)] as const;
      const replayed: Replayed[] = [];
      for (const file of await reviewFiles(dir)) replayed.push(await replay(dir, file, states));
      const changed = replayed.filter((r) => r.before !== r.after);
      const patch = ({ review, before, after }: Replayed): string =>
        createTwoFilesPatch(`${review} now`, `${review} with the candidate`, before, after, '', '', { context: 3 });
      const people = (): string =>
        `${changed.map(patch).join('')}${changed.length} of ${replayed.length} reviews change\n`;
      process.stdout.write(dataText(output, { reviews: replayed.length, changed }, people));
      process.exitCode = changed.length > 0 ? 1 : 0;
    });
}

/** The state as it would be with the candidates; a file takes its template's place in every channel that has it. */
async function withCandidates(present: FleetState, candidates: readonly string[]): Promise<FleetState> {
  const [first = '', ...others] = candidates;
  if (await isFolder(first)) {
    if (others.length > 0) throw new UsageError('--candidate is either one folder or files');
    return await withTemplatesOf(first, present);
  }
  const read = await Promise.all(candidates.map(async (file) => await readTemplate(file, 'candidate')));
  const named = read.map((template) => [template.name, template] as const);
  const { templates, nextTemplates } = present;
  return {
    ...present,
    templates: new Map([...templates, ...named]),
    ...(nextTemplates && {
      nextTemplates: new Map([...nextTemplates, ...named.filter(([name]) => nextTemplates.has(name))]),
    }),
  };
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
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
