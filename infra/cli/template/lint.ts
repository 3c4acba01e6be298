import { Command } from 'commander';
import { type DataFormat, dataOutputOption, dataText } from '../data-output.ts';
import { describeFinding, type LintedSource, readLinted } from './source.ts';

interface Options {
  readonly filename: readonly string[];
  readonly output?: DataFormat;
}

/** `outrigger template lint`: what would be refused, and what would be regretted. */
export function lintCommand(): Command {
  return new Command('lint')
    .description('Check template sources; exit code 1 when one has an error, 0 with warnings only.')
    .requiredOption('-f, --filename <file...>', 'template source, - for standard input')
    .addOption(dataOutputOption())
    .action(async ({ filename, output }: Options) => {
      const sources = await Promise.all(filename.map(readLinted));
      const reports = sources.map(({ file, name, report }) => ({ file, name, ...report }));
      process.stdout.write(dataText(output, reports, () => sources.map(describe).join('')));
      const hasError = sources.some((s) => s.report.findings.some((f) => f.level === 'error'));
      process.exitCode = hasError ? 1 : 0;
    });
}

function describe({ file, report: { findings, podSecurity } }: LintedSource): string {
  const lines = findings.map((finding) => describeFinding(file, finding));
  const why = (podSecurity?.reasons ?? []).length === 0 ? '' : ` (${podSecurity?.reasons.join('; ')})`;
  if (podSecurity !== undefined) lines.push(`${file}: needs the Pod Security level ${podSecurity.level}${why}`);
  return lines.map((line) => `${line}\n`).join('');
}
