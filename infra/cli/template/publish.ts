import { Command } from 'commander';
import type { Published } from '../../../functions/template-store/publisher.ts';
import { UsageError } from '../errors.ts';
import { filesOf } from '../files-of.ts';
import { openFleet } from '../fleet.ts';
import { type Format, outputOption, printValue } from '../output.ts';
import { type LintedSource, readSound, refuseErrors } from '../template-source.ts';
import { askServer } from './ask-server.ts';
import { type ServerOptions, withServerOptions } from './server-options.ts';

interface Options extends ServerOptions {
  readonly filename: readonly string[];
  readonly output?: Format;
}

/** `outrigger template publish`: the next version of each template; no channel serves it before `promote`. */
export function publishCommand(): Command {
  return withServerOptions(new Command('publish'))
    .description('Write templates as new versions, which no channel serves yet (the very first serves stable).')
    .requiredOption('-f, --filename <file...>', 'template sources: files, folders, - for standard input')
    .addOption(outputOption())
    .action(async (options: Options) => {
      // All are read and checked before one is written.
      const sources: LintedSource[] = [];
      for (const file of await filesOf(options.filename)) sources.push(await readSound(file));
      const names = sources.map((s) => s.name);
      const twice = names.find((name, i) => names.indexOf(name) < i);
      if (twice !== undefined) throw new UsageError(`two of the files are template ${twice}`);
      if (options.validate === 'server') {
        const judged = await askServer(
          sources.map((s) => s.document),
          options,
        );
        refuseErrors(sources.map(({ file }, i) => ({ file, findings: judged[i] ?? [] })));
      }
      const { publisher } = await openFleet(options);
      const results: (Published & { readonly name: string })[] = [];
      for (const { name, document } of sources) results.push({ name, ...(await publisher.publish(name, document)) });
      printValue(options.output, results.length === 1 ? results[0] : results, names, () =>
        results.map(({ name, version, isNew, channels }) => `${sentence(name, version, isNew, channels)}\n`).join(''),
      );
    });
}

function sentence(name: string, version: number, isNew: boolean, channels: readonly string[]): string {
  const what = `template/${name} ${isNew ? 'published as' : 'unchanged,'} version ${version}`;
  if (channels.length > 0) return `${what}, served by ${channels.join(', ')}`;
  return `${what}, served by no channel; when it is good: outrigger template promote ${name}`;
}
