import type { ClusterRecord } from '../../cluster-record/cluster-record.ts';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { mapOf, type RawPod } from '../../kubernetes/pod.ts';
import type { Template } from '../../template/template.ts';

/** What the rules look at of an AdmissionRequest. */
export interface RequestFacts {
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly resource: string };
  readonly subResource: string;
  readonly operation: string;
  readonly hasObject: boolean;
}

/** What the rules look at of a Pod and its namespace; maps that are absent are empty. */
export interface PodFacts {
  readonly namespace: string;
  readonly labels: Json;
  readonly annotations: Json;
  readonly spec: Json;
}

/** What the rules look at, each part only in the rows that may ask for it: see the types of the rows. */
export interface Facts extends PodFacts {
  readonly request?: RequestFacts;
  readonly record?: ClusterRecord;
  /** The templates that the Pod names, each once; undefined without the annotation. */
  readonly named?: readonly string[] | undefined;
  /** The templates whose `match` fits the Pod; worked out only when it is asked for. */
  readonly matches?: () => readonly Template[];
}

/** What a Pod says, as against what is said about it. */
export function podFacts(pod: RawPod, namespace: string): PodFacts {
  const metadata = mapOf(pod, 'metadata');
  return {
    namespace,
    labels: mapOf(metadata, 'labels'),
    annotations: mapOf(metadata, 'annotations'),
    spec: mapOf(pod, 'spec'),
  };
}

/** The value of a field, by its path; undefined where any part of the path is absent or no map. */
export function fieldAt(owner: unknown, path: readonly string[]): unknown {
  return path.reduce((at: unknown, key) => (isRecord(at) ? own(at, key) : undefined), owner);
}
