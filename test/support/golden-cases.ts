import { readdirSync, readFileSync } from 'node:fs';
import { join, parse as parsePath } from 'node:path';
import { parse } from 'yaml';
import { describeFaults } from '../../functions/json/faults.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { parseTemplate } from '../../functions/template/parse/parse-template.ts';
import { readTemplateSource } from '../../functions/template/source.ts';
import type { Template } from '../../functions/template/template.ts';
import { recordOf } from './values.ts';

const ROOT = join(import.meta.dirname, '..');
/** The sets of templates: those of test/fixtures/templates, and those that are shipped. */
export const SETS = ['fixtures', 'shipped'] as const;
/** One of them. */
export type TemplateSet = (typeof SETS)[number];

const TEMPLATES: Readonly<Record<TemplateSet, string>> = {
  fixtures: join(ROOT, 'fixtures', 'templates'),
  shipped: join(ROOT, '..', 'infra', 'templates'),
};
/** Where the Pods after the work lie: `<pod>.<template>.yaml`, templates joined by `+`. */
export const GOLDEN: Readonly<Record<TemplateSet, string>> = {
  fixtures: join(ROOT, 'golden', 'injected'),
  shipped: join(ROOT, 'golden', 'shipped'),
};

/** One line of a fixture's leading comment, for one combination of templates. */
export interface GoldenCase {
  readonly pod: string;
  readonly set: TemplateSet;
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
  const value: unknown = JSON.parse(JSON.stringify(parse(textOf(name))));
  return recordOf(value);
}

/** Every template of a set. */
export function readTemplates(set: TemplateSet): Template[] {
  return casesIn(TEMPLATES[set]).map((name) => {
    const source = readTemplateSource(readFileSync(join(TEMPLATES[set], `${name}.yaml`), 'utf8'), name);
    const parsed = source.valid ? parseTemplate(source.value, '1') : source;
    if (!parsed.valid) throw new Error(`${name}.yaml: ${describeFaults(parsed.faults)}`);
    return parsed.value;
  });
}

/** The leading comment of a Pod fixture. */
export function commentOf(name: string): string[] {
  const lines = textOf(name).split('\n');
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith('#')),
    )
    .map((line) => line.slice(2));
}

/**
 * The combinations that a fixture names, in lines of its leading comment: `injected with: sidecar, sidecar+mesh`,
 * `left alone by: mesh (HostNetwork)`, and for the templates that are shipped `injected with shipped: labels`.
 */
export function goldenCasesOf(pod: string): GoldenCase[] {
  return commentOf(pod).flatMap((line) => {
    const [, shipped, list = '', reason] =
      /^(?:injected with|left alone by)( shipped)?: ([a-z0-9+, -]+?)(?: \((\w+)\))?$/.exec(line) ?? [];
    const set = shipped === undefined ? 'fixtures' : 'shipped';
    return list.split(', ').flatMap((templates) => (templates === '' ? [] : [{ pod, set, templates, reason }]));
  });
}

/** Every Pod fixture's name. */
export function podFixtures(): string[] {
  return casesIn(join(ROOT, 'fixtures', 'pods'));
}

function textOf(pod: string): string {
  return readFileSync(join(ROOT, 'fixtures', 'pods', `${pod}.yaml`), 'utf8');
}
