import type { Canary } from '../../canary/canary.ts';

/**
 * A canary as it is answered: a backend's port that is the Service's is left out, as a manifest that relies on the default leaves it
 * out. `kubectl apply` compares lists whole, and would find another one each time.
 */
export function shownCanary(canary: Canary): object {
  const { spec } = canary;
  const backends = spec.backends.map(({ port, ...backend }) =>
    port === spec.service.port ? backend : { ...backend, port },
  );
  return { ...canary, spec: { ...spec, backends } };
}
