import { Command } from 'commander';
import { type DataFormat, dataOutputOption, dataText } from '../data-output.ts';
import { filesOf } from '../files-of.ts';
import { describeFinding, type LintedSource, readLinted } from '../template-source.ts';
import { askServer } from './ask-server.ts';
import { type ServerOptions, withServerOptions } from './server-options.ts';

interface Options extends ServerOptions {
  readonly filename: readonly string[];
  readonly output?: DataFormat;
}

/** `outrigger template lint`: what would be refused, and what would be regretted. */
export function lintCommand(): Command {
  return withServerOptions(new Command('lint'))
    .description('Check template sources; exit code 1 when one has an error, 0 with warnings only.')
    .requiredOption('-f, --filename <file...>', 'template sources: files, folders, - for standard input')
    .addOption(dataOutputOption())
    .action(async (options: Options) => {
      const { filename, output, validate } = options;
      const linted = await Promise.all((await filesOf(filename)).map(readLinted));
      const sources = validate === 'server' ? await judged(linted, options) : linted;
      const reports = sources.map(({ file, name, report }) => ({ file, name, ...report }));
      process.stdout.write(dataText(output, reports, () => sources.map(describe).join('')));
      process.exitCode = sources.some(hasError) ? 1 : 0;
    });
}

/** With what an API server says of those that have no error without it. */
async function judged(linted: readonly LintedSource[], options: Options): Promise<readonly LintedSource[]> {
  const sound = linted.filter((source) => !hasError(source));
  for (const { file } of linted.filter(hasError)) {
    process.stderr.write(`${file}: the API server was not asked; correct the errors first\n`);
  }
  if (sound.length === 0) return linted;
  const documents = sound.map(({ document }) => document);
  const found = await askServer(documents, options);
  return linted.map((source) => {
    const { report } = source;
    const more = found[sound.indexOf(source)] ?? [];
    return { ...source, report: { ...report, findings: [...more, ...report.findings] } };
  });
}

function hasError({ report }: LintedSource): boolean {
  return report.findings.some(({ level }) => level === 'error');
}

function describe({ file, report: { findings, podSecurity } }: LintedSource): string {
  const lines = findings.map((finding) => describeFinding(file, finding));
  const why = (podSecurity?.reasons ?? []).length === 0 ? '' : ` (${podSecurity?.reasons.join('; ')})`;
  if (podSecurity !== undefined) lines.push(`${file}: needs the Pod Security level ${podSecurity.level}${why}`);
  return lines.map((line) => `${line}\n`).join('');
}
