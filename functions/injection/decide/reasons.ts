import { CHOICES, GUARDS, type SkipReason, SUITS } from './rules.ts';

/** The reasons that no rule gives by itself: what comes of the templates once they are chosen, and what goes wrong. */
const OTHERS = {
  Injected: 'the templates were applied',
  AlreadyInjected: 'all that the templates add is there already',
  NoTemplate: 'no template is a default of the cluster, matches the Pod or is named by it',

  UnknownTemplate: 'the Pod asks for a template that does not exist',
  TemplateNotAllowed: 'the Pod asks for a template that its namespace may not use',
  TooManyTemplates: 'the Pod asks for too many templates',
  InvalidParameter: 'a parameter of the template is missing, or its value does not fit',
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
export type Reason = SkipReason | keyof typeof OTHERS;

/** Why a Pod was or was not changed: a code for machines, a sentence for people. Used by log, audit, CLI and tests. */
export const REASONS: Readonly<Record<Reason, string>> = { ...sentencesOfRules(), ...OTHERS };

function sentencesOfRules(): Readonly<Record<SkipReason, string>> {
  const sentences = [...GUARDS, ...CHOICES, ...SUITS].flatMap(({ outcome, sentence }) =>
    'skip' in outcome ? [[outcome.skip, sentence] as const] : [],
  );
  // Every SkipReason is one of a row: that is what the type is made from.
  return Object.fromEntries(sentences) as Record<SkipReason, string>;
}
