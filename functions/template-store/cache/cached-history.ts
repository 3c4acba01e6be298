import { putNewest } from '../../http/bounded-map.ts';
import { type CachedValue, type CachedValueOptions, cacheValue } from '../../http/cached-value.ts';
import { parseTemplate } from '../../template/parse/parse-template.ts';
import type { Template } from '../../template/template.ts';
import type { StoredTemplate, TemplateStore } from '../store.ts';
import { type StoreProblem, unreadable } from '../store-problem.ts';

/** Versions of a template that are no longer served, or not yet. */
export interface TemplateVersions {
  /**
   * The versions of a template that can be parsed: the hinted one first, then the newest. Throws TemplateStoreError where
   * they cannot be read within `waitMs`.
   *
   * @param hint what the Pod's status annotation calls the version; it only decides where to look first
   */
  versionsOf(name: string, hint: string | undefined, waitMs: number): Promise<readonly Template[]>;
}

/** Hinted versions older than the newest that are kept in memory, in all. */
const HINTED_MAX = 128;
/** Parameter Store keeps this many versions: an older one cannot be there. */
const KEPT_MAX = 100;
const NUMBER = /^[1-9]\d{0,9}$/;

/** Caches the versions of every template that is asked for, each template once: one read at a time, for a time to live. */
export function cacheHistory(
  store: TemplateStore,
  options: Omit<CachedValueOptions, 'onFailure'>,
  report: (problem: StoreProblem) => void,
): TemplateVersions {
  const newest = new Map<string, CachedValue<readonly Template[]>>();
  const hinted = new Map<string, CachedValue<readonly Template[]>>();

  return {
    async versionsOf(name, hint, waitMs) {
      const end = options.now() + waitMs;
      const listed = await cachedIn(newest, name, undefined).get(waitMs);
      const found = listed.find(({ version }) => version === hint);
      if (found !== undefined) return [found, ...listed.filter((one) => one !== found)];
      if (hint === undefined || !mayBeKept(hint, listed)) return listed;
      const key = `${name}@${hint}`;
      // Both reads have one wait between them; a clock that jumps back must not lengthen it.
      const older = await cachedIn(hinted, name, hint, key).get(Math.max(0, Math.min(waitMs, end - options.now())));
      return [...older, ...listed];
    },
  };

  function cachedIn(
    known: Map<string, CachedValue<readonly Template[]>>,
    name: string,
    hint: string | undefined,
    key = name,
  ): CachedValue<readonly Template[]> {
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const made = cacheValue(
      async (signal) => {
        const stored = (await store.listVersions?.(name, hint, signal)) ?? [];
        return stored.filter(({ version }) => hint === undefined || version === hint).flatMap(templateOf);
      },
      { ...options, onFailure: unreadable(report, name) },
    );
    putNewest(known, key, made, known === hinted ? HINTED_MAX : Number.POSITIVE_INFINITY);
    return made;
  }
}

/** Whether a version could be kept though it is not among the newest; a Pod may hint at anything. */
function mayBeKept(hint: string, listed: readonly Template[]): boolean {
  const [first, last] = [listed.at(0)?.version ?? '', listed.at(-1)?.version ?? ''];
  if (![hint, first, last].every((version) => NUMBER.test(version))) return false;
  return Number(hint) < Number(last) && Number(hint) > Number(first) - KEPT_MAX;
}

/** What cannot be parsed by this version of the code can have been injected by an older one, and is not looked for. */
function templateOf(stored: StoredTemplate): readonly Template[] {
  const parsed = 'document' in stored ? parseTemplate(stored.document, stored.version) : undefined;
  return parsed?.valid === true && parsed.value.name === stored.name ? [parsed.value] : [];
}
