import type { ClusterApi } from '../kube-api/cluster-api.ts';
import type { TemplateStore } from '../template-store/store.ts';
import type { KeyStore } from './keys/key-store.ts';
import type { RecordStore } from './record/record-store.ts';

/** What a Kubernetes cluster is to be registered with. */
export interface RegistrationSpec {
  readonly fleet: string;
  readonly cluster: string;
  readonly endpoint: {
    /** Where the HTTPS endpoint begins: `https://host[/stage]`, without a trailing slash. */
    readonly url: string;
    /** Its authority in PEM; absent for public certificates, which API servers trust by themselves. */
    readonly ca?: string;
  };
  /** Where proxies ask, where that is another place (a Function URL): `https://host`. */
  readonly discovery?: string;
  /** `discovery` is for clusters that have no host yet: one that has keeps what it was registered with. */
  readonly discoveryScope?: 'NewClusters';
  readonly failurePolicy: 'Ignore' | 'Fail';
  readonly reinvocationPolicy: 'Never' | 'IfNeeded';
  /** 1 to 30. */
  readonly timeoutSeconds: number;
  /**
   * The stage of the roll-out: only these namespaces (which must carry the opt-in label besides); absent: every
   * namespace with the opt-in label.
   */
  readonly namespaces?: readonly string[];
  /** Whether the companion policy warns of opted-in Pods without the sidecar, refuses them, or is not there. */
  readonly companionPolicy: 'Warn' | 'Deny' | 'None';
  /** The endpoint is in a network that the operator's machine cannot reach: no made-up review is sent to it. */
  readonly selfTest?: 'None';
  /** The record's `discovery` is left as it is: the local gateway writes its own address there. */
  readonly keepsDiscovery?: boolean;
  /** Fields to set in the cluster record, e.g. `issuer`, `defaultTemplates`; those that are absent stay as they are. */
  readonly record?: Readonly<Record<string, unknown>>;
}

/** What the operations reach the world through. */
export interface RegistrarTools {
  readonly api: ClusterApi;
  readonly records: RecordStore;
  readonly keys: KeyStore;
  /** Where the companion policy learns which containers the default templates bring. */
  readonly templates: Pick<TemplateStore, 'listTemplates'>;
  /** Sends a made-up review to a webhook URL and returns why the response is not a good one; undefined for a good one. */
  readonly probe: (url: string, ca: string | undefined, signal: AbortSignal) => Promise<string | undefined>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Waits so many milliseconds; rejects when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A line for people: what is being done. No token, no URL with one. */
  readonly say: (line: string) => void;
}

/** What registration did. */
export interface RegistrationReport {
  readonly epoch: number;
  /** What was done with each object, as kubectl prints it: `mutatingwebhookconfiguration…/outrigger created`. */
  readonly changes: readonly string[];
  /** What the operator should know or do, a sentence each. */
  readonly warnings: readonly string[];
}

/** How `registerCluster` does it. */
export interface RegisterOptions {
  /** Takes fields over that another manager owns. */
  readonly force: boolean;
  /** Asks the API server without changing anything, as `kubectl --dry-run=server`. */
  readonly dryRun: boolean;
}

/** A registration cannot be done as asked: the message names why and what to do, and holds no part of a token. */
export class RegistrationError extends Error {
  override readonly name = 'RegistrationError' as const;
}

/** Which registration an operation is about. */
export interface RegistrationTarget {
  readonly fleet: string;
  readonly cluster: string;
}
