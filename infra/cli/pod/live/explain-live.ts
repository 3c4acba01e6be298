import type { Outcome } from '../../../../functions/injection/outcome.ts';
import { printable } from '../../../../functions/json/faults.ts';
import { createClusterApi } from '../../../../functions/kube-api/https-cluster-api.ts';
import { contextNamespace } from '../../cluster/kubeconfig.ts';
import { type AccessOptions, openAccess } from '../../cluster/target.ts';
import { type LiveObject, readLive } from './live-object.ts';
import { type Rung, rungsOf } from './rungs.ts';

/** What a cluster makes of an object, before the rules are asked: whether the webhook sees its Pods at all. */
export interface LiveExplanation {
  readonly rungs: readonly Rung[];
  /** What to do, the first thing first; empty where nothing is to be done. */
  readonly advice: readonly string[];
}

/** What every Pod without sidecars needs, once nothing keeps it from the webhook. */
const AGAIN = 'create the Pod again, e.g. kubectl rollout restart its workload: it would be injected then';

/** The longest that the API server is asked, in milliseconds. */
const READ_MS = 30_000;

/** Reads what `pod/web` names, by the kubeconfig or as an EKS cluster. @param named the namespace, as the options name it */
export async function openLive(
  resource: string,
  named: string | undefined,
  options: AccessOptions,
): Promise<{ readonly live: LiveObject; readonly namespace: string }> {
  const api = createClusterApi(await openAccess(options));
  const namespace = named ?? (options.eks === undefined ? await contextNamespace(options) : undefined) ?? 'default';
  return { live: await readLive(api, resource, namespace, AbortSignal.timeout(READ_MS)), namespace };
}

/** Joins what the cluster tells with what the rules decide. Pure. */
export function explainLive(
  live: LiveObject,
  namespace: string,
  { verdict }: Pick<Outcome, 'verdict'>,
): LiveExplanation {
  const rungs = rungsOf(live, namespace);
  const failed = rungs.filter(({ passes }) => passes === false);
  const isOptedOut = failed.some(({ question }) => question === 'namespace');
  // A namespace that is not opted in fits no selector either: one cause, one piece of advice.
  const causes = failed.filter(({ question }) => !(isOptedOut && question === 'selectors'));
  const advice = causes.flatMap((rung) => rung.advice ?? []);
  // A Pod is sent to the webhook once, when it is created: it stays as it is, whatever is changed now.
  const isBare = live.created !== undefined && !rungs.some(({ question, passes }) => question === 'sidecars' && passes);
  return { rungs, advice: isBare && verdict === 'inject' ? [...advice, AGAIN] : advice };
}

/** Lines for people, above those of the rules. */
export function describeLive({ rungs, advice }: LiveExplanation): readonly string[] {
  const mark = (passes: boolean | undefined): string => (passes === undefined ? '?' : passes ? '+' : '-');
  return [
    ...rungs.map(
      ({ question, passes, sentence }) => `${`${question}:`.padEnd(11)} ${mark(passes)} ${printable(sentence)}`,
    ),
    ...advice.map((line, i) => `${(i === 0 ? 'what to do:' : '').padEnd(11)} ${printable(line)}`),
  ];
}
