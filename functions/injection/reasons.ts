/** Why a Pod was or was not changed: a code for machines, a sentence for people. Used by log, audit, CLI and tests. */
export const REASONS = {
  Injected: 'the templates were applied',
  AlreadyInjected: 'all that the templates add is there already',

  NotAPod: 'only v1 Pods are injected',
  NotCreate: 'Pods are injected when they are created, never later',
  Subresource: 'requests for a subresource of a Pod are left alone',
  NoObject: 'the request carries no object',
  SystemNamespace: 'Pods of kube-system, kube-public and kube-node-lease are never injected',
  MirrorPod: 'mirror Pods of static Pods are never injected',
  HostNetwork: 'the Pod uses the host network, and no chosen template allows that (spec.allow.hostNetwork)',
  WindowsPod: 'the Pod runs on Windows, and no chosen template allows that (spec.allow.windows)',
  OptedOut: 'the Pod opted out by outrigger.dev/inject: "false"',
  NeverSelector: 'a neverSelector of the cluster record matches the Pod',
  NoTemplate: 'no template is a default of the cluster, matches the Pod or is named by it',

  UnknownTemplate: 'the Pod asks for a template that does not exist',
  TemplateNotAllowed: 'the Pod asks for a template that its namespace may not use',
  TooManyTemplates: 'the Pod asks for too many templates',
  InvalidParameter: 'a value that the Pod sets does not fit the parameter of the template',
  PrivilegeRaised: 'a value that the Pod sets would raise its privileges above the defaults of the template',

  DefaultTemplateMissing: 'a default template of the cluster record does not exist',
  TemplateStoreUnavailable: 'the template store cannot be read',
  RenderFailed: 'the template cannot be rendered with the values of this Pod',
  TemplateConflict: 'the chosen templates cannot be applied together',
  ContainerNameConflict: 'the Pod brings a container of the same name that differs from the template',
  VolumeNameConflict: 'the Pod brings a volume of the same name that differs from the template',
  PlacementTargetMissing: 'the container that the template is placed beside is not in the Pod',
  MalformedPod: 'the Pod is not of the shape that the Kubernetes API has',
  PatchTooLarge: 'what the templates add to all containers of the Pod is more than an answer can hold',
  VerificationFailed: 'the patch did not pass verification and was not sent',
} as const;

/** A code of `REASONS`. */
export type Reason = keyof typeof REASONS;
