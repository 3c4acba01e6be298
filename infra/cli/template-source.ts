import { parse as parsePath } from 'node:path';
import { own } from '../../functions/json/check.ts';
import { describeFaults, isRecord } from '../../functions/json/faults.ts';
import { parseTemplate } from '../../functions/template/parse/parse-template.ts';
import { readTemplateSource } from '../../functions/template/source.ts';
import type { Template } from '../../functions/template/template.ts';
import { UsageError } from './errors.ts';
import { type Finding, warning } from './lint/finding.ts';
import { type LintReport, lintTemplate } from './lint/lint.ts';
import { readSourceFile } from './source-file.ts';

/** A template source, as SidecarTemplate document and with what lint says of it. */
export interface LintedSource {
  readonly file: string;
  readonly name: string;
  readonly document: unknown;
  readonly report: LintReport;
}

/**
 * Reads and lints a template source in any of the accepted forms. A source that is no document at all has its faults
 * in the report, like any other.
 */
export async function readLinted(path: string): Promise<LintedSource> {
  const { text, file } = await readSourceFile(path);
  const stem = parsePath(path).name;
  const duplicates: Finding[] = [];
  const source = readTemplateSource(text, stem, ({ key, line, column }) =>
    duplicates.push(
      warning('duplicate-key', `line ${line}, column ${column}`, `${key} is there before; this one counts`),
    ),
  );
  if (!source.valid) {
    const findings = source.faults.map((f) => ({ level: 'error' as const, rule: 'invalid', ...f }));
    return { file, name: stem, document: undefined, report: { findings } };
  }
  const metadata = isRecord(source.value) ? own(source.value, 'metadata') : undefined;
  const name = isRecord(metadata) ? own(metadata, 'name') : undefined;
  const report = lintTemplate(source.value);
  return {
    file,
    name: typeof name === 'string' ? name : stem,
    document: source.value,
    report: { ...report, findings: [...report.findings, ...duplicates] },
  };
}

/** A finding as a line: `envoy.yaml: warning: spec.pod…: has no tag (image-tag)`. */
export function describeFinding(file: string, { level, rule, path, message }: Finding): string {
  return `${file}: ${level}: ${path === '' ? '' : `${path}: `}${message} (${rule})`;
}

/** Reads a source for use: warnings go to standard error. Throws UsageError with every error. */
export async function readSound(path: string): Promise<LintedSource> {
  const source = await readLinted(path);
  refuseErrors([{ file: source.file, findings: source.report.findings }]);
  return source;
}

/** Prints warnings on standard error. Throws UsageError with every error. */
export function refuseErrors(
  reports: readonly { readonly file: string; readonly findings: readonly Finding[] }[],
): void {
  const errors: string[] = [];
  for (const { file, findings } of reports) {
    for (const finding of findings) {
      if (finding.level === 'warning') process.stderr.write(`${describeFinding(file, finding)}\n`);
      else errors.push(describeFinding(file, finding));
    }
  }
  if (errors.length > 0) throw new UsageError(errors.join('\nerror: '));
}

/** Reads a source as the template that it would be once published. Throws UsageError with every error. */
export async function readTemplate(path: string, version: string): Promise<Template> {
  const { document } = await readSound(path);
  return templateFrom(document, version);
}

/** A template of a document; throws UsageError with its faults. */
export function templateFrom(document: unknown, version: string): Template {
  const template = parseTemplate(document, version);
  if (!template.valid) throw new UsageError(`version ${version} is not valid: ${describeFaults(template.faults)}`);
  return template.value;
}
