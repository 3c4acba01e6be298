import { Command } from 'commander';
import { describeFaults, printable } from '../../../../functions/json/faults.ts';
import { parseJson } from '../../../../functions/json/parse-json.ts';
import { type DataFormat, dataOutputOption, dataText } from '../../data-output.ts';
import { UsageError } from '../../errors.ts';
import { onlyFile } from '../../files-of.ts';
import { readSourceFile, streamSourceFile } from '../../source-file.ts';
import { readDocuments } from '../../yaml-document.ts';
import { type Judgement, judgeEvidence } from './judge-evidence.ts';
import { linesOf } from './lines.ts';
import { parseJudged } from './parse-judged.ts';

interface Options {
  readonly filename?: string;
  readonly stream?: boolean;
  readonly output?: DataFormat;
}

/** Characters of a line: a release of a day by its windows, or a thousand proxies with ten steps each, have room. */
const LINE_MAX = 8_000_000;

/** `outrigger canary judge -f FILE | --stream`: the verdict on evidence of one's own. Needs no control plane. */
export function judgeCommand(): Command {
  return new Command('judge')
    .description('Judge recorded or made-up evidence by the verdict of releases, under any policy.')
    .option('-f, --filename <file>', 'evidence in JSON or YAML, - for standard input', onlyFile)
    .option('--stream', 'one JSON object a line in, one out; exit code 1 where a line could not be judged')
    .addOption(dataOutputOption())
    .action(async ({ filename, stream = false, output }: Options) => {
      if (stream) {
        if (output === 'yaml') throw new UsageError('--stream prints one JSON object a line: leave -o yaml out');
        return await judgeStream(filename ?? '-');
      }
      if (filename === undefined) throw new UsageError('name evidence with -f FILE, or use --stream');
      const judgement = await judgeFile(filename);
      process.stdout.write(dataText(output, judgement, () => `${printable(judgement.sentence)}\n`));
    });
}

async function judgeFile(filename: string): Promise<Judgement> {
  const { text, file } = await readSourceFile(filename);
  const documents = readDocuments(text, file).filter(({ value }) => value !== null);
  const [first] = documents;
  if (first === undefined || documents.length > 1) {
    throw new UsageError(
      `${file} holds ${documents.length} documents; one is judged at a time, or lines with --stream`,
    );
  }
  const parsed = parseJudged(first.value);
  if (!parsed.valid) throw new UsageError(`${file}: ${describeFaults(parsed.faults)}`);
  return judgeEvidence(parsed.value);
}

async function judgeStream(filename: string): Promise<void> {
  for await (const { number, text } of linesOf(streamSourceFile(filename), LINE_MAX)) {
    const judged = text === undefined ? `has more than ${LINE_MAX} characters` : judgeLine(text);
    if (typeof judged === 'string') process.exitCode = 1;
    const shown = typeof judged === 'string' ? { line: number, error: judged } : judged;
    process.stdout.write(`${JSON.stringify(shown)}\n`);
  }
}

/** The verdict on a line, or what is wrong with it. */
function judgeLine(text: string): Judgement | string {
  const value = jsonOf(text);
  if (value === undefined) return 'is no JSON';
  const parsed = parseJudged(value.json);
  return parsed.valid ? judgeEvidence(parsed.value) : describeFaults(parsed.faults);
}

/** Undefined for text that is no JSON, or nests without end. */
function jsonOf(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: parseJson(text) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}
