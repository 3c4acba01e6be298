import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { type Plan, planInjection } from '../../functions/injection/plan/plan.ts';
import { describeFaults } from '../../functions/json/faults.ts';
import { API_VERSION, parseTemplate } from '../../functions/template/parse/parse-template.ts';
import type { Template } from '../../functions/template/template.ts';
import type { FleetState } from '../../functions/template-store/cache/fleet-state.ts';

/** The smallest useful sidecar: a Pod fragment with one container of the given name. */
export function oneContainer(name: string): Record<string, unknown> {
  return { spec: { containers: [{ name, image: `registry.test/${name}:1` }] } };
}

/** A SidecarTemplate document, as a store holds it; by default it adds one container named like itself. */
export function templateDocument(name: string, spec: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    apiVersion: API_VERSION,
    kind: 'SidecarTemplate',
    metadata: { name },
    spec: { pod: oneContainer(name), ...spec },
  };
}

/** A parsed template, through the real parser; throws when the document has a fault. */
export function templateOf(name: string, spec: Record<string, unknown> = {}, version = '1'): Template {
  const parsed = parseTemplate(templateDocument(name, spec), version);
  if (!parsed.valid) throw new Error(describeFaults(parsed.faults));
  return parsed.value;
}

/** A template that adds just this Pod fragment. */
export function templateWithPod(pod: Record<string, unknown>, name = 'sidecar'): Template {
  return templateOf(name, { pod });
}

/** What the store says of one Kubernetes cluster: its record, through the real parser, and its templates. */
export function stateOf(templates: readonly Template[], record: Record<string, unknown> = {}): FleetState {
  const parsed = parseClusterRecord(record);
  if (!parsed.valid) throw new Error(describeFaults(parsed.faults));
  return { cluster: 'test', record: parsed.value, templates: new Map(templates.map((t) => [t.name, t])) };
}

/** The plan of templates that do not contradict each other. */
export function planOf(...templates: readonly Template[]): Plan {
  const planned = planInjection(templates);
  if ('conflict' in planned) throw new Error(planned.conflict);
  return planned.plan;
}
