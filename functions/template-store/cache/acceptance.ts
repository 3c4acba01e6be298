import { hashOf } from '../../json/document-hash.ts';
import { describeFaults } from '../../json/faults.ts';
import { NESTING_MAX, nestsDeeperThan } from '../../kubernetes/json-values.ts';
import { parseTemplate } from '../../template/parse/parse-template.ts';
import type { Template } from '../../template/template.ts';
import type { StoredTemplate } from '../store.ts';

/**
 * Parses the templates that a store lists, one listing after the other. A template whose version and content are unchanged is
 * not parsed again, and a document that cannot be used never replaces the last good one of its name.
 *
 * @param refuse called once for every version that cannot be used
 */
export function createAcceptance(
  refuse: (name: string, why: string) => void,
): (listed: readonly StoredTemplate[]) => ReadonlyMap<string, Template> {
  let lastGood: ReadonlyMap<string, Template> = new Map();
  let reported: ReadonlySet<string> = new Set();
  return (listed) => {
    const next = new Map<string, Template>();
    const refused = new Set<string>();
    for (const stored of listed) {
      const known = lastGood.get(stored.name);
      const why = take(stored, known, next);
      if (why === undefined) continue;
      if (known !== undefined && !next.has(stored.name)) next.set(known.name, known);
      const key = `${stored.name}@${stored.version} ${why}`;
      refused.add(key);
      if (!reported.has(key)) refuse(stored.name, why);
    }
    reported = refused;
    lastGood = next;
    return next;
  };
}

/** Puts a stored template into `next`, unparsed where it is the known one; returns why it cannot be used. */
function take(stored: StoredTemplate, known: Template | undefined, next: Map<string, Template>): string | undefined {
  if (known !== undefined && (next.get(stored.name) ?? known) === known && isUnchanged(known, stored)) {
    next.set(known.name, known);
    return undefined;
  }
  return next.has(stored.name) ? 'another document has this name' : accept(stored, next);
}

/** The version alone would not tell: a parameter that is deleted and created again begins again at version 1. */
function isUnchanged(known: Template, stored: StoredTemplate): boolean {
  if (known.version !== stored.version || !('document' in stored)) return false;
  // What nests deeper has never been a template, and must not be walked to find that out.
  return !nestsDeeperThan(stored.document, NESTING_MAX + 10) && known.hash === hashOf(stored.document);
}

/** Parses a stored document into `next`; returns why not. */
function accept(stored: StoredTemplate, next: Map<string, Template>): string | undefined {
  if ('unreadable' in stored) return stored.unreadable;
  const parsed = parseTemplate(stored.document, stored.version);
  if (!parsed.valid) return describeFaults(parsed.faults);
  if (parsed.value.name !== stored.name)
    return `metadata.name is ${parsed.value.name}, not the name it is stored under`;
  next.set(stored.name, parsed.value);
  return undefined;
}
