import type { Infer } from '../../json/schema/infer.ts';
import type { Release } from '../canary.ts';
import type { WORKLOAD } from '../document/strategy/workloads.ts';
import type { PodTemplate } from './pod-template.ts';

/** Which workload of a canary's namespace. */
export type WorkloadRef = Infer<typeof WORKLOAD>;

/** Which Pod template a workload has. */
export interface Sight {
  readonly uid: string;
  /** As its controller counts templates: another one for another template, and for a restart. */
  readonly revision: string;
  /** `hashOf` its Pod template. */
  readonly template: string;
}

/** A workload as its API server has it. */
export interface Workload {
  /** How many Pods it is to have. */
  readonly replicas: number;
  /** Pods of its newest template that are ready: what is certain of it, so none while its controller has not seen its spec. */
  readonly ready: number;
  /** Whether all its Pods are of its newest template, which its controller has seen. */
  readonly isRolledOut: boolean;
  /** Undefined while its controller has not seen its template, or is not to roll it out (`spec.paused`). */
  readonly sight: Sight | undefined;
  readonly podTemplate: PodTemplate;
  /** Of the object: a write says which one it has read. */
  readonly resourceVersion: string;
  /** Which program rolls it out from manifests of elsewhere; undefined where no mark of one is found. */
  readonly manager: string | undefined;
}

/** A workload that cannot be read. */
export interface Unreadable {
  /** Why, for people. */
  readonly unreadable: string;
}

/** The workloads of a release, as far as they can be read. */
export interface SeenWorkloads {
  readonly stable: Workload | Unreadable;
  readonly canary: Workload | Unreadable;
}

/** What a release keeps of its workloads. */
export type ReleaseWorkloads = NonNullable<Release['workloads']>;

/** Reads workloads of API servers. */
export interface WorkloadReader {
  /**
   * It hardly waits: what takes longer is found by a later call, and until then it is not readable. Never rejects.
   *
   * @param namespace the canary's own
   */
  read(cluster: string, namespace: string, ref: WorkloadRef): Promise<Workload | Unreadable>;
}

/** A Pod template that could not be written. */
export interface Unwritable {
  /** Why, for people. */
  readonly unwritable: string;
}

/** Writes Pod templates of workloads. */
export interface TemplateWriter {
  /**
   * Gives a workload a Pod template, where it is still the object that was read. Never rejects.
   *
   * @param from the workload as it was read
   * @param isRehearsal whether the API server only checks it: rights, admission, the template
   * @returns `changed` where the workload is another object by now: it is read again first
   */
  write(
    target: { readonly cluster: string; readonly namespace: string; readonly ref: WorkloadRef },
    from: Workload,
    template: PodTemplate,
    isRehearsal: boolean,
    signal: AbortSignal,
  ): Promise<'written' | 'changed' | Unwritable>;
}

/** Whether the workload could not be read. */
export function isUnreadable(found: Workload | Unreadable): found is Unreadable {
  return 'unreadable' in found;
}

/** A workload as people name it: `Deployment cart`. */
export function titleOf({ kind, name }: WorkloadRef): string {
  return `${kind} ${name}`;
}
