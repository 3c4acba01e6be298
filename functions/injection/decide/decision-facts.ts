import { own } from '../../json/check.ts';
import type { RawPod } from '../../kubernetes/pod.ts';
import { matchesLabels } from '../../kubernetes/selector.ts';
import type { Template } from '../../template/template.ts';
import type { FleetState } from '../../template-store/cache/fleet-state.ts';
import { TEMPLATES } from '../annotations.ts';
import { type Facts, type PodFacts, podFacts } from './facts.ts';
import { matchesPattern } from './namespace-pattern.ts';

/** A Pod that names more templates than this is refused; it bounds the work that an annotation can ask for. */
export const TEMPLATES_PER_POD_MAX = 16;

/** Parts between commas that are looked at; repetitions and empty parts among them count for nothing. */
const PARTS_MAX = TEMPLATES_PER_POD_MAX * 4;

/** What the rows that choose are asked about. */
export type DecisionFacts = PodFacts & Required<Pick<Facts, 'record' | 'matches'>> & Pick<Facts, 'named'>;

/** What the rows that choose are asked about, of a Pod of a Kubernetes cluster; see `decideInjection`. */
export function decisionFacts(
  pod: RawPod,
  namespace: string,
  { record, templates }: FleetState,
  asked: readonly string[] | undefined,
): DecisionFacts {
  const facts = podFacts(pod, namespace);
  let matches: readonly Template[] | undefined;
  return {
    ...facts,
    record,
    named: asked ?? namesIn(own(facts.annotations, TEMPLATES)),
    matches: () => {
      matches ??= [...templates.values()].filter((template) => matchesPod(template, namespace, facts.labels));
      return matches;
    },
  };
}

/** The names in the annotation, in writing order, each once; undefined when the annotation is absent. */
function namesIn(annotation: unknown): readonly string[] | undefined {
  if (typeof annotation !== 'string') return undefined;
  // A hostile annotation has 256 KiB: no more is taken apart than tells that it is too much.
  const parts = annotation.split(',', PARTS_MAX + 1).map((name) => name.trim());
  if (parts.length > PARTS_MAX) return parts.map((_, i) => String(i));
  return [...new Set(parts.filter((name) => name !== ''))];
}

function matchesPod({ match }: Template, namespace: string, labels: Readonly<Record<string, unknown>>): boolean {
  if (match === undefined) return false;
  const inNamespace = (patterns: readonly string[]): boolean => patterns.some((p) => matchesPattern(p, namespace));
  if (match.namespaces !== undefined && !inNamespace(match.namespaces)) return false;
  if (match.excludeNamespaces !== undefined && inNamespace(match.excludeNamespaces)) return false;
  return match.podSelector === undefined || matchesLabels(match.podSelector, labels);
}
