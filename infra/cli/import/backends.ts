/** What is to be done after an import: both tracks need headless Services of their own. */
export const CANARY_BACKENDS_TASK =
  'create the Services of spec.backends: headless (clusterIP: None), each selecting the Pods of one track';

/** The backends of an import, by names that are free: a Service that has a cluster IP cannot be made headless. */
export function headlessBackends(service: string, port: unknown): readonly object[] {
  const backend = (name: string): object => ({
    name,
    service: `${service}-${name}-pods`,
    ...(port === undefined ? {} : { port }),
  });
  return [backend('stable'), backend('canary')];
}
