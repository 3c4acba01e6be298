import { INJECTION_LABEL, STATUS } from '../../../../functions/injection/annotations.ts';
import { SYSTEM_NAMESPACES } from '../../../../functions/injection/decide/guard-rules.ts';
import { Check, own } from '../../../../functions/json/check.ts';
import { isRecord } from '../../../../functions/json/faults.ts';
import type { Json } from '../../../../functions/json/json.ts';
import type { KubeObject } from '../../../../functions/kube-api/cluster-api.ts';
import { mapOf } from '../../../../functions/kubernetes/pod.ts';
import { matchesLabels, parseSelector } from '../../../../functions/kubernetes/selector.ts';
import type { LiveObject } from './live-object.ts';

/** One question on the way from a Pod to the webhook. */
export interface Rung {
  readonly question: 'namespace' | 'webhook' | 'selectors' | 'created' | 'sidecars';
  /** Whether the Pod gets past it; undefined: that cannot be known, because it may not be read. */
  readonly passes: boolean | undefined;
  readonly sentence: string;
  /** What to do where it does not pass. */
  readonly advice?: string;
}

/** What keeps the Pods of an object from the webhook, in the order in which an API server asks. Pure. */
export function rungsOf(live: LiveObject, home: string): readonly Rung[] {
  const [webhook] = webhooksOf(live.webhook);
  return [
    namespaceRung(live.namespace, home),
    webhookRung(live.webhook, webhook),
    ...(webhook === undefined ? [] : [selectorRung(webhook, live, home)]),
    ...createdRung(live),
    sidecarRung(live),
  ];
}

function namespaceRung(namespace: KubeObject | undefined, home: string): Rung {
  const question = 'namespace';
  if (SYSTEM_NAMESPACES.includes(home)) {
    return { question, passes: false, sentence: `Pods of ${home} never get sidecars`, advice: 'use another namespace' };
  }
  if (namespace === undefined) return { question, passes: undefined, sentence: `${home} may not be read` };
  const value = own(mapOf(namespace.metadata, 'labels'), INJECTION_LABEL);
  if (value === 'enabled')
    return { question, passes: true, sentence: `opted in: label ${INJECTION_LABEL} is "enabled"` };
  return {
    question,
    passes: false,
    sentence: `not opted in: label ${INJECTION_LABEL} is ${value === undefined ? 'absent' : JSON.stringify(value)}`,
    advice: `kubectl label namespace ${home} ${INJECTION_LABEL}=enabled --overwrite`,
  };
}

function webhookRung(configuration: LiveObject['webhook'], webhook: Json | undefined): Rung {
  const question = 'webhook';
  if (configuration === undefined) return { question, passes: undefined, sentence: 'its registration may not be read' };
  if (webhook === undefined) {
    const advice = 'outrigger cluster register, or for a local endpoint: outrigger webhook | kubectl apply -f -';
    return { question, passes: false, sentence: 'not registered with this cluster', advice };
  }
  // Never the URL: its last segment is a token.
  const url = String(own(mapOf(webhook, 'clientConfig'), 'url'));
  const where = URL.canParse(url) ? new URL(url).origin : 'a Service of the cluster';
  const policy = own(webhook, 'failurePolicy') === 'Fail' ? 'Fail' : 'Ignore';
  const unsaid = policy === 'Ignore' ? ': while it fails, Pods start without sidecars' : '';
  return { question, passes: true, sentence: `registered: ${where}, failurePolicy ${policy}${unsaid}` };
}

function selectorRung(webhook: Json, { namespace, pod }: LiveObject, home: string): Rung {
  const question = 'selectors';
  const homeLabels = namespace === undefined ? undefined : mapOf(namespace.metadata, 'labels');
  const fits = (selector: string, labels: Json | undefined): boolean | undefined => {
    const check = new Check();
    const parsed = parseSelector(check, own(webhook, selector) ?? {}, selector);
    return labels === undefined || check.faults.length > 0 ? undefined : matchesLabels(parsed, labels);
  };
  const found = {
    namespaceSelector: fits('namespaceSelector', homeLabels),
    objectSelector: fits('objectSelector', mapOf(mapOf(pod.pod, 'metadata'), 'labels')),
  };
  const wrong = Object.entries(found).find(([, fit]) => fit === false)?.[0];
  if (wrong !== undefined) {
    const what = wrong === 'namespaceSelector' ? `namespace ${home}` : 'the labels of the Pod';
    return {
      question,
      passes: false,
      sentence: `the ${wrong} of the webhook does not fit ${what}`,
      advice:
        wrong === 'namespaceSelector'
          ? `outrigger cluster register --namespaces …,${home}: the roll-out is staged`
          : 'outrigger cluster register --force-conflicts: another manager has changed the registration',
    };
  }
  const isKnown = Object.values(found).every((fit) => fit === true);
  return { question, passes: isKnown ? true : undefined, sentence: isKnown ? 'both fit' : 'cannot be compared' };
}

/** A Pod is sent to the webhook when it is created, and never again. */
function createdRung({ created, webhook }: LiveObject): readonly Rung[] {
  const since = isRecord(webhook) ? own(mapOf({ webhook }, 'webhook'), 'metadata') : undefined;
  const registered = isRecord(since) ? own(since, 'creationTimestamp') : undefined;
  if (created === undefined || typeof registered !== 'string') return [];
  if (Date.parse(created) >= Date.parse(registered)) {
    return [{ question: 'created', passes: true, sentence: `after the webhook was registered (${registered})` }];
  }
  const sentence = `at ${created}, before the webhook was registered (${registered})`;
  return [{ question: 'created', passes: false, sentence }];
}

function sidecarRung({ pod }: LiveObject): Rung {
  const status = own(mapOf(mapOf(pod.pod, 'metadata'), 'annotations'), STATUS);
  const has = typeof status === 'string';
  return {
    question: 'sidecars',
    passes: has ? true : undefined,
    sentence: has ? `injected (annotation ${STATUS})` : `none of ours: annotation ${STATUS} is absent`,
  };
}

function webhooksOf(configuration: LiveObject['webhook']): readonly Json[] {
  const list = isRecord(configuration) ? configuration['webhooks'] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}
