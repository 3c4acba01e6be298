import type { Json } from '../json/json.ts';
import type { LabelSelector } from '../kubernetes/selector.ts';
import type { Rendering } from './compile-source.ts';
import type { Parameter } from './parameter/parameter.ts';

/** A container of a template: a fragment of `v1.Container` that has at least a name. */
export type ContainerFragment = Json & { readonly name: string };

/** What to do with a Pod when the template cannot be applied to it. */
export type FailureMode =
  /** Answer 5xx: the cluster's failurePolicy decides. */
  | 'Defer'
  /** Let the Pod pass without the template, with a warning. */
  | 'Open'
  /** Refuse the Pod. */
  | 'Closed';

/** Where containers go in the Pod's list. */
export type Position = 'First' | 'Last' | { readonly before: string } | { readonly after: string };

/** Who gets a template without asking: the parts are ANDed, an absent part means all. */
export interface TemplateMatch {
  /** Namespace names, `*` stands for any run of characters. */
  readonly namespaces?: readonly string[];
  readonly excludeNamespaces?: readonly string[];
  readonly podSelector?: LabelSelector;
}

/** Who may ask for a template by name, and which Pods it suits. */
export interface TemplateAllow {
  readonly namespaces: readonly string[];
  readonly hostNetwork: boolean;
  readonly windows: boolean;
}

/** What goes into every container that the Pod itself brings. */
export interface EachContainer {
  /** Names of containers that get nothing. */
  readonly except: readonly string[];
  /** Fragments of `v1.EnvVar`, each with a `name`. */
  readonly env: readonly Json[];
  /** Fragments of `v1.VolumeMount`, each with a `name` and a `mountPath`. */
  readonly volumeMounts: readonly Json[];
}

/** What goes into a container that the Pod or an earlier template brings. */
export interface Amendment {
  /** The container's name; `*` for every one that the Pod itself brings. */
  readonly container: string;
  /** With `*`: names of containers that get nothing. */
  readonly except: readonly string[];
  /** Fragments of `v1.EnvVar` and of `v1.VolumeMount`, as in `EachContainer`. */
  readonly env: readonly Json[];
  readonly volumeMounts: readonly Json[];
  /** `livenessProbe`, `readinessProbe`, `startupProbe`, `lifecycle.preStop` and `resources`. */
  readonly fields: Json;
  /** Appended to the container's. */
  readonly args: readonly string[];
}

/** The part of a Pod that a template adds. */
export interface PodFragment {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly containers: readonly ContainerFragment[];
  readonly initContainers: readonly ContainerFragment[];
  /** Native sidecars that became ordinary containers, for a Kubernetes cluster that has none. */
  readonly classic?: readonly ContainerFragment[];
  /** The other fields of `v1.PodSpec`, merged as Kubernetes' strategic merge patch does. */
  readonly spec: Json;
  readonly eachContainer?: EachContainer;
  readonly amend?: readonly Amendment[];
}

/** A parsed SidecarTemplate (`outrigger.dev/v1alpha1`). Made only by `parseTemplate`. */
export interface Template {
  readonly name: string;
  /** The store's version of the document: a Parameter Store version, or a content hash for files. */
  readonly version: string;
  /** The first 16 hex digits of the SHA-256 of the document's JSON: says what was applied, wherever it came from. */
  readonly hash: string;
  /** Templates are applied by ascending order, then by name. */
  readonly order: number;
  /** Absent: only by name (or as a default template of the Kubernetes cluster). */
  readonly match?: TemplateMatch;
  readonly allow: TemplateAllow;
  readonly failureMode: FailureMode;
  /** `classic`: where native sidecars go among the containers of a Kubernetes cluster without them. */
  readonly placement: Readonly<Record<'containers' | 'initContainers' | 'classic', Position>>;
  /** The fields that a container of the Pod with the name of one of ours may set. */
  readonly customization: readonly string[];
  /** What a Pod may say by annotation; undefined where the template knows no parameters at all. */
  readonly parameters?: readonly Parameter[];
  /** What it adds; where there is a `rendering`, with the defaults of its parameters. */
  readonly pod: PodFragment;
  /** How to make `pod` for other values. */
  readonly rendering?: Rendering;
  /** Which rendering this is, where it is one: a hash of the values. */
  readonly variant?: string;
}
