import { own } from '../template/check.ts';
import { matchesLabels } from '../template/selector.ts';
import type { Template } from '../template/template.ts';
import type { FleetState } from '../template/template-cache.ts';
import { INJECT, TEMPLATES } from './annotations.ts';
import { matchesPattern } from './namespace-pattern.ts';
import { mapOf, type RawPod } from './pod.ts';
import type { Reason } from './reasons.ts';

/** How templates were chosen: by name; as the default ones with those that match; or those that match alone. */
export type Choice = 'name' | 'default' | 'match';

/** What to do with a request, and why. `detail` names the thing that the reason speaks of. */
export type Decision = { readonly warnings: readonly string[] } & (
  | { readonly verdict: 'inject'; readonly choice: Choice; readonly templates: readonly Template[] }
  | { readonly verdict: 'skip'; readonly reason: Reason }
  | { readonly verdict: 'deny'; readonly reason: Reason; readonly detail: string }
  | { readonly verdict: 'fail'; readonly reason: Reason; readonly detail: string }
);

/** A Pod that names more templates than this is refused; it bounds the work that an annotation can ask for. */
export const TEMPLATES_PER_POD_MAX = 16;

/** Parts between commas that are looked at; repetitions and empty parts among them count for nothing. */
const PARTS_MAX = TEMPLATES_PER_POD_MAX * 4;

/**
 * Which templates a Pod gets. First match wins:
 *
 * | # | the Pod or the cluster says                                | outcome                            |
 * |---|------------------------------------------------------------|------------------------------------|
 * | 1 | outrigger.dev/inject "false", as label or annotation       | skip OptedOut                      |
 * | 2 | annotation outrigger.dev/templates names some              | exactly those, or a denial         |
 * | 3 | outrigger.dev/inject "true", as label or annotation        | default templates + matches        |
 * | 4 | a neverSelector matches                                    | skip NeverSelector                 |
 * | 5 | policy enabled, or an alwaysSelector matches               | default templates + matches        |
 * | 6 | a template's own match fits                                | the matches, else skip NoTemplate  |
 *
 * Then templates that do not suit the Pod (host network, Windows) fall away; with none left the Pod is skipped.
 *
 * @param asked template names that stand in for the annotation of row 2 (the command line's `--template`)
 */
export function decideInjection(
  pod: RawPod,
  namespace: string,
  state: FleetState,
  asked: readonly string[] | undefined = undefined,
): Decision {
  const metadata = mapOf(pod, 'metadata');
  const labels = mapOf(metadata, 'labels');
  const annotations = mapOf(metadata, 'annotations');
  const wishes = [own(labels, INJECT), own(annotations, INJECT)].filter((w) => w !== undefined);
  const odd = wishes.find((w) => w !== 'true' && w !== 'false');
  const warnings = odd === undefined ? [] : [`outrigger: ${INJECT} must be "true" or "false"; the value was ignored`];
  if (wishes.includes('false')) return { verdict: 'skip', reason: 'OptedOut', warnings };

  const named = asked ?? namesIn(own(annotations, TEMPLATES));
  if (named?.length === 0) warnings.push(`outrigger: ${TEMPLATES} names no template and was ignored`);
  if (named !== undefined && named.length > 0) {
    return withSuitable(chooseNamed(named, namespace, state, warnings), pod, true);
  }

  const { record, templates } = state;
  const matches = [...templates.values()].filter((t) => matchesPod(t, namespace, labels));
  if (!wishes.includes('true')) {
    if (record.neverSelectors.some((s) => matchesLabels(s, labels))) {
      return { verdict: 'skip', reason: 'NeverSelector', warnings };
    }
    if (record.policy === 'disabled' && !record.alwaysSelectors.some((s) => matchesLabels(s, labels))) {
      return withSuitable({ verdict: 'inject', choice: 'match', templates: matches, warnings }, pod);
    }
  }
  const missing = record.defaultTemplates.find((name) => !templates.has(name));
  if (missing !== undefined) return { verdict: 'fail', reason: 'DefaultTemplateMissing', detail: missing, warnings };
  const defaults = record.defaultTemplates.flatMap((name) => templates.get(name) ?? []);
  return withSuitable({ verdict: 'inject', choice: 'default', templates: [...defaults, ...matches], warnings }, pod);
}

/** The names in the annotation, in writing order, each once; undefined when the annotation is absent. */
function namesIn(annotation: unknown): readonly string[] | undefined {
  if (typeof annotation !== 'string') return undefined;
  // A hostile annotation has 256 KiB: no more is taken apart than tells that it is too much.
  const parts = annotation.split(',', PARTS_MAX + 1).map((name) => name.trim());
  if (parts.length > PARTS_MAX) return parts.map((_, i) => String(i));
  return [...new Set(parts.filter((name) => name !== ''))];
}

function chooseNamed(
  names: readonly string[],
  namespace: string,
  { templates }: FleetState,
  warnings: readonly string[],
): Decision {
  if (names.length > TEMPLATES_PER_POD_MAX) {
    const detail = `at most ${TEMPLATES_PER_POD_MAX} can be named`;
    return { verdict: 'deny', reason: 'TooManyTemplates', detail, warnings };
  }
  const chosen: Template[] = [];
  for (const name of names) {
    const template = templates.get(name);
    const detail = JSON.stringify(name.slice(0, 63));
    if (template === undefined) return { verdict: 'deny', reason: 'UnknownTemplate', detail, warnings };
    if (!template.allow.namespaces.some((pattern) => matchesPattern(pattern, namespace))) {
      return { verdict: 'deny', reason: 'TemplateNotAllowed', detail, warnings };
    }
    chosen.push(template);
  }
  return { verdict: 'inject', choice: 'name', templates: chosen, warnings };
}

function matchesPod({ match }: Template, namespace: string, labels: Readonly<Record<string, unknown>>): boolean {
  if (match === undefined) return false;
  const inNamespace = (patterns: readonly string[]): boolean => patterns.some((p) => matchesPattern(p, namespace));
  if (match.namespaces !== undefined && !inNamespace(match.namespaces)) return false;
  if (match.excludeNamespaces !== undefined && inNamespace(match.excludeNamespaces)) return false;
  return match.podSelector === undefined || matchesLabels(match.podSelector, labels);
}

/** Drops templates that do not suit the Pod, each once, in their fixed order; who asked by name is told. */
function withSuitable(decision: Decision, pod: RawPod, isAsked = false): Decision {
  if (decision.verdict !== 'inject') return decision;
  const { warnings } = decision;
  const chosen = [...new Set(decision.templates)];
  if (chosen.length === 0) return { verdict: 'skip', reason: 'NoTemplate', warnings };
  const spec = mapOf(pod, 'spec');
  const offWindows = isWindows(spec) ? chosen.filter((t) => t.allow.windows) : chosen;
  const skip = (reason: 'WindowsPod' | 'HostNetwork'): Decision => ({
    verdict: 'skip',
    reason,
    warnings: isAsked ? [...warnings, `outrigger: not injected: ${reason}`] : warnings,
  });
  if (offWindows.length === 0) return skip('WindowsPod');
  const suitable = own(spec, 'hostNetwork') === true ? offWindows.filter((t) => t.allow.hostNetwork) : offWindows;
  if (suitable.length === 0) return skip('HostNetwork');
  const left = chosen.filter((t) => !suitable.includes(t)).map((t) => t.name);
  const templates = suitable.sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
  return {
    ...decision,
    templates,
    warnings:
      left.length === 0 ? warnings : [...warnings, `outrigger: not applied to this kind of Pod: ${left.join(', ')}`],
  };
}

function isWindows(spec: Readonly<Record<string, unknown>>): boolean {
  return (
    own(mapOf(spec, 'os'), 'name') === 'windows' || own(mapOf(spec, 'nodeSelector'), 'kubernetes.io/os') === 'windows'
  );
}
