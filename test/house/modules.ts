/**
 * The modules of `functions/`, from the ground up. A module imports those before it and never those after it.
 * "Layout" in docs/architecture.md lists the same folders.
 */
export const MODULES = [
  'events',
  'json',
  'kubernetes',
  'http',
  'kube-api',
  'template',
  'cluster-record',
  'identity',
  'template-store',
  'injection',
  'admission',
  'registration',
  'canary',
  'notifications',
  'drift',
  'table',
  'traffic',
  'releases',
  'release-api',
  'advance',
] as const;

/** Files of `functions/` that are no entry points. They import nothing but each other and `GROUND_IMPORTS`. */
export const GROUND = ['absent-file', 'cluster-name', 'config', 'errors', 'events', 'limits', 'log'] as const;

/** The modules below the ground files; every other module stands above them. */
export const GROUND_IMPORTS = ['events', 'json'] as const;

/** Lambda handlers. They import anything below them. */
export const ENTRY_POINTS = ['abort', 'advance', 'canaries', 'discovery', 'mutate', 'register'] as const;
