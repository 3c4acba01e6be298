import { Command, Option } from 'commander';
import { describeFinding, readLinted } from './source.ts';

interface Options {
  readonly filename: readonly string[];
  readonly output?: 'json';
}

/** `outrigger template lint`: what would be refused, and what would be regretted. */
export function lintCommand(): Command {
  return new Command('lint')
    .description('Check template sources; exit code 1 when one has an error, 0 with warnings only.')
    .requiredOption('-f, --filename <file...>', 'template source, - for standard input')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json']))
    .action(async ({ filename, output }: Options) => {
      const sources = await Promise.all(filename.map(readLinted));
      if (output === 'json') {
        const reports = sources.map(({ file, name, report }) => ({ file, name, ...report }));
        process.stdout.write(`${JSON.stringify(reports, null, 4)}\n`);
      } else {
        for (const source of sources) {
          const { findings, podSecurity } = source.report;
          for (const finding of findings) process.stdout.write(`${describeFinding(source.file, finding)}\n`);
          if (podSecurity === undefined) continue;
          const why = podSecurity.reasons.length === 0 ? '' : ` (${podSecurity.reasons.join('; ')})`;
          process.stdout.write(`${source.file}: needs the Pod Security level ${podSecurity.level}${why}\n`);
        }
      }
      const hasError = sources.some((s) => s.report.findings.some((f) => f.level === 'error'));
      process.exitCode = hasError ? 1 : 0;
    });
}
