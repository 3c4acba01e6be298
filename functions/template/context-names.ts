/** What an expression of a template can name besides the parameters (see `functions/injection/context.ts`). */
export const CONTEXT_NAMES = [
  'cluster',
  'namespace',
  'serviceAccount',
  'owner',
  'nativeSidecars',
  'discovery',
  'audience',
  'clusterDomain',
] as const;

/** A name of `CONTEXT_NAMES`. */
export type ContextName = (typeof CONTEXT_NAMES)[number];
