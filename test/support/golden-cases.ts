import { readdirSync, readFileSync } from 'node:fs';
import { join, parse as parsePath } from 'node:path';
import { parse } from 'yaml';
import { describeFaults } from '../../functions/faults.ts';
import type { RawPod } from '../../functions/injection/pod.ts';
import { parseTemplate } from '../../functions/template/parse-template.ts';
import { readTemplateSource } from '../../functions/template/source.ts';
import type { Template } from '../../functions/template/template.ts';
import { recordOf } from './values.ts';

const ROOT = join(import.meta.dirname, '..');
/** Where the Pods after the work lie: `<pod>.<template>.yaml`, templates joined by `+`. */
export const GOLDEN = join(ROOT, 'golden', 'injected');

/** One line of a fixture's leading comment, for one combination of templates. */
export interface GoldenCase {
  readonly pod: string;
  /** `sidecar` or `sidecar+mesh`. */
  readonly templates: string;
  /** Why nothing happens; undefined where there is a golden. */
  readonly reason: string | undefined;
}

/** The YAML files of a folder, without their extension. */
export function casesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((file) => (file.endsWith('.yaml') ? [parsePath(file).name] : []));
}

/** A Pod of test/fixtures/pods, as a webhook receives it: through JSON. */
export function readPodFixture(name: string): RawPod {
  const value: unknown = JSON.parse(JSON.stringify(parse(textOf('pods', name))));
  return recordOf(value);
}

/** Every template of test/fixtures/templates. */
export function readTemplateFixtures(): Template[] {
  return casesIn(join(ROOT, 'fixtures', 'templates')).map((name) => {
    const source = readTemplateSource(textOf('templates', name), name);
    const parsed = source.valid ? parseTemplate(source.value, '1') : source;
    if (!parsed.valid) throw new Error(`${name}.yaml: ${describeFaults(parsed.faults)}`);
    return parsed.value;
  });
}

/** The leading comment of a Pod fixture. */
export function commentOf(name: string): string[] {
  const lines = textOf('pods', name).split('\n');
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith('#')),
    )
    .map((line) => line.slice(2));
}

/**
 * The combinations that a fixture names, in lines of its leading comment:
 * `injected with: sidecar, sidecar+mesh` and `left alone by: mesh (HostNetwork)`.
 */
export function goldenCasesOf(pod: string): GoldenCase[] {
  return commentOf(pod).flatMap((line) => {
    const [, list, reason] = /^(?:injected with|left alone by): ([a-z0-9+, -]+?)(?: \((\w+)\))?$/.exec(line) ?? [];
    return (list ?? '').split(', ').flatMap((templates) => (templates === '' ? [] : [{ pod, templates, reason }]));
  });
}

/** Every Pod fixture's name. */
export function podFixtures(): string[] {
  return casesIn(join(ROOT, 'fixtures', 'pods'));
}

function textOf(kind: string, name: string): string {
  return readFileSync(join(ROOT, 'fixtures', kind, `${name}.yaml`), 'utf8');
}
