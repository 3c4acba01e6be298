import type { Canary } from './canary.ts';

/** Where a canary is, and to whom it is exported. */
export interface Exported {
  readonly namespace: string;
  readonly exportTo: readonly string[];
}

/** The part of a canary that says so. */
export function exportedBy({ metadata, spec }: Canary): Exported {
  return { namespace: metadata.namespace, exportTo: spec.exportTo };
}

/** Whether the proxies of a namespace see it. */
export function sees({ namespace, exportTo }: Exported, viewer: string): boolean {
  return exportTo.some((to) => to === '*' || to === viewer || (to === '.' && viewer === namespace));
}

/**
 * Whether the proxies of a namespace can hold a release back: those of the canary's own namespace, and of every one that
 * `exportTo` names. Who merely sees it by `*` informs: any tenant of the Kubernetes cluster may be among them.
 */
export function counts({ namespace, exportTo }: Exported, caller: string): boolean {
  return caller === namespace || exportTo.includes(caller);
}

/** To whom it is exported, without names that `*` makes needless: these say who counts, and nothing of who sees it. */
export function readersOf(exportTo: readonly string[] | undefined): readonly string[] | undefined {
  return exportTo?.includes('*') === true ? ['*'] : exportTo;
}
