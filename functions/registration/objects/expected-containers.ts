import type { ClusterRecord } from '../../cluster-record/cluster-record.ts';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { parseTemplate } from '../../template/parse/parse-template.ts';
import type { TemplateAllow } from '../../template/template.ts';
import type { StoredTemplate } from '../../template-store/store.ts';

/** The containers by which a Pod shows that it got a default template. */
export interface ExpectedContainers {
  readonly template: string;
  /** The Pod has all names of one of these: of the channel, or of the next one where the record names one. */
  readonly alternatives: readonly (readonly string[])[];
  /** Which Pods the template suits; others do not get it. */
  readonly allow: Pick<TemplateAllow, 'hostNetwork' | 'windows'>;
}

/** A template with the containers that it brings whatever its parameters are. */
interface Bringer {
  readonly names: readonly string[];
  readonly allow: TemplateAllow;
}

/**
 * What to look for in a Pod that should have the default templates of a cluster record. Templates that bring no
 * container under a fixed name leave no trace that a policy could look for, and are left out.
 *
 * @param templates the templates of the record's channel
 * @param next those of its next channel, which are laid over the others
 */
export function expectedContainers(
  { defaultTemplates }: ClusterRecord,
  templates: readonly StoredTemplate[],
  next: readonly StoredTemplate[] = [],
): readonly ExpectedContainers[] {
  return defaultTemplates.flatMap((template) => {
    const bringers = [templates, next].flatMap((list) => bringerIn(list, template) ?? []);
    const alternatives = bringers.map((b) => b.names);
    if (alternatives.length === 0 || alternatives.some((names) => names.length === 0)) return [];
    const allow = {
      hostNetwork: bringers.every((b) => b.allow.hostNetwork),
      windows: bringers.every((b) => b.allow.windows),
    };
    return [{ template, alternatives: distinct(alternatives), allow }];
  });
}

function bringerIn(templates: readonly StoredTemplate[], name: string): Bringer | undefined {
  const found = templates.find((t) => t.name === name);
  if (found === undefined || !('document' in found)) return undefined;
  const parsed = parseTemplate(found.document, found.version);
  return parsed.valid ? { names: fixedNames(found.document), allow: parsed.value.allow } : undefined;
}

/** Names of containers that stand in the lists themselves, not inside an operator of JSON-e that may leave them out. */
function fixedNames(document: unknown): readonly string[] {
  const spec = within(within(within(document, 'spec'), 'pod'), 'spec');
  return ['containers', 'initContainers'].flatMap((key) => {
    const list = within(spec, key);
    if (!Array.isArray(list)) return [];
    return list.flatMap((container: unknown) => {
      const name = within(container, 'name');
      // An operator has a key that begins with $; so have merge directives, which can take a container away.
      const isFixed = isRecord(container) && !Object.keys(container).some((k) => k.startsWith('$'));
      return isFixed && typeof name === 'string' ? [name] : [];
    });
  });
}

function within(value: unknown, key: string): unknown {
  return isRecord(value) ? own(value, key) : undefined;
}

function distinct(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(lists.map((names) => [names.join(), names])).values()];
}
