import jsonPatch from 'fast-json-patch';
import { INJECT, PARAMETER_PREFIX } from '../../../functions/injection/annotations.ts';
import { createPlanMemo } from '../../../functions/injection/plan/plan-memo.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import { mapOf } from '../../../functions/kubernetes/pod.ts';
import { readParameterValue } from '../../../functions/template/parameter/parameter.ts';
import type { ParameterValue } from '../../../functions/template/parameter/types.ts';
import type { Template } from '../../../functions/template/template.ts';
import type { FleetState } from '../../../functions/template-store/cache/fleet-state.ts';
import { createTryPod, type TryPod } from '../cluster/dry-run-pod.ts';
import { openAccess } from '../cluster/target.ts';
import { within } from '../cluster/tools.ts';
import { UsageError } from '../errors.ts';
import { refusalFindings, warningFindings } from '../lint/api-findings.ts';
import { error, type Finding } from '../lint/finding.ts';
import { plainPod } from '../lint/plain-pod.ts';
import { alternativesTo } from '../lint/variants.ts';
import { decidePod } from '../pod/decide-pod.ts';
import { templateFrom } from '../template-source.ts';
import type { ServerOptions } from './server-options.ts';
import { recordOf } from './server-record.ts';

interface Question {
  readonly template: Template;
  readonly state: FleetState;
  readonly namespace: string;
  readonly ask: TryPod;
  readonly signal: AbortSignal;
}

/**
 * Puts each template into a plain Pod as the webhook would, and asks an API server whether it would create that: with the
 * defaults and `--set`, and with every other value of each boolean and enum, one at a time. Nothing is created.
 *
 * @returns the findings for each of the documents, in their order
 * Throws UsageError where the question cannot be asked.
 */
export async function askServer(
  documents: readonly unknown[],
  options: ServerOptions,
): Promise<readonly (readonly Finding[])[]> {
  const templates = documents.map((document) => templateFrom(document, 'candidate'));
  const set = options.set ?? new Map<string, string>();
  requireValues(templates, set);
  return await within(options, 'try again, or give it more', async (signal) => {
    const { cluster, record } = await recordOf(options, signal);
    const ask = createTryPod(await openAccess(options));
    const { namespace, fleet } = options;
    const findings: (readonly Finding[])[] = [];
    for (const template of templates) {
      const state = { cluster, record, fleet, templates: new Map([[template.name, template]]) };
      findings.push(await judge({ template, state, namespace, ask, signal }, set));
    }
    return findings;
  });
}

/** Every value that is missing, or that no template knows, before anything is asked. */
function requireValues(templates: readonly Template[], set: ReadonlyMap<string, string>): void {
  const known = templates.flatMap(({ parameters = [] }) => parameters.map(({ name }) => name));
  const stray = [...set.keys()].find((name) => !known.includes(name));
  if (stray !== undefined) throw new UsageError(`--set ${stray.slice(0, 63)}: no template has this parameter`);
  const missing = templates.flatMap(({ name, parameters = [] }) =>
    parameters.filter((p) => p.default === undefined && !set.has(p.name)).map((p) => `${p.name} of template ${name}`),
  );
  if (missing.length > 0) {
    throw new UsageError(`parameters without a default need a value: ${missing.join(', ')}; say --set NAME=VALUE`);
  }
}

async function judge(question: Question, set: ReadonlyMap<string, string>): Promise<readonly Finding[]> {
  const { parameters = [] } = question.template;
  const values = new Map<string, ParameterValue>(
    parameters.flatMap((parameter) => {
      const text = set.get(parameter.name);
      const value = text === undefined ? parameter.default : readParameterValue(parameter, text);
      return value === undefined ? [] : [[parameter.name, value] as const];
    }),
  );
  const free = parameters.filter(({ name }) => !set.has(name));
  const texts = new Map([...set].filter(([name]) => parameters.some((p) => p.name === name)));
  const findings = new Map<string, Finding>();
  const asked = new Set<string>();
  const alternatives = alternativesTo(values, free);
  for (const other of [undefined, ...alternatives]) {
    const all = other === undefined ? texts : new Map([...texts, [other.name, String(other.value)]]);
    for (const finding of await judgeOne(question, all, asked, other === undefined)) {
      const key = JSON.stringify([finding.path, finding.message]);
      if (findings.has(key)) continue;
      const when = other === undefined ? '' : ` (with ${other.name}=${String(other.value)})`;
      findings.set(key, { ...finding, message: `${finding.message}${when}` });
    }
  }
  return [...findings.values()];
}

async function judgeOne(
  { template, state, namespace, ask, signal }: Question,
  texts: ReadonlyMap<string, string>,
  asked: Set<string>,
  isFirst: boolean,
): Promise<readonly Finding[]> {
  const annotations = Object.fromEntries([...texts].map(([name, text]) => [PARAMETER_PREFIX + name, text]));
  const plain = plainPod(template, namespace, annotations);
  const source = { path: [], title: 'Pod', namespace, pod: plain };
  const { outcome } = decidePod(source, namespace, state, createPlanMemo(), [template.name]);
  if (outcome.verdict !== 'inject') {
    // What another value must not do, or cannot be rendered with, is the webhook's or lint's to say.
    const message = `is not put into a plain Pod in namespace ${namespace}: ${outcome.sentence} (${outcome.reason})`;
    return isFirst ? [error('not-injected', '', message)] : [];
  }
  const { newDocument } = jsonPatch.applyPatch(structuredClone(plain), structuredClone([...outcome.operations]));
  const pod = optedOut(newDocument);
  const { annotations: _, ...rest } = mapOf(pod, 'metadata');
  const key = JSON.stringify([rest, pod['spec']]);
  if (asked.has(key)) return [];
  asked.add(key);
  const { warnings, refusal } = await ask(namespace, pod, signal);
  const tried = { pod, fragment: template.pod };
  return [...(refusal === undefined ? [] : refusalFindings(refusal, tried)), ...warningFindings(warnings, tried)];
}

/** The Pod with the label by which our own webhook and its companion policy, if they are there, leave it alone. */
function optedOut(document: unknown): Readonly<Record<string, unknown>> {
  const pod = isRecord(document) ? document : {};
  const metadata = mapOf(pod, 'metadata');
  return { ...pod, metadata: { ...metadata, labels: { ...mapOf(metadata, 'labels'), [INJECT]: 'false' } } };
}
