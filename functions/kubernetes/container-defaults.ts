/**
 * What the API server fills into a container that leaves it out, by the field that holds it; empty: the container
 * itself (kubernetes/pkg/apis/core/v1/defaults.go, v1.36.3). A value that it leaves out itself is `isOmitted`'s.
 */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
  '': {
    terminationMessagePath: ['/dev/termination-log'],
    terminationMessagePolicy: ['File'],
    imagePullPolicy: ['Always', 'IfNotPresent'],
  },
  livenessProbe: probe(),
  readinessProbe: probe(),
  startupProbe: probe(),
  httpGet: { path: ['/'], scheme: ['HTTP'] },
  grpc: { service: [''] },
  ports: { protocol: ['TCP'] },
  fieldRef: { apiVersion: ['v1'] },
  resourceFieldRef: { divisor: ['0', 0] },
};

/** Whether the API server puts this value of a field where none is set; `owner` is the field that holds it. */
export function isContainerDefault(owner: string, key: string, value: unknown): boolean {
  const fields = Object.hasOwn(DEFAULTS, owner) ? DEFAULTS[owner] : undefined;
  return fields !== undefined && Object.hasOwn(fields, key) && fields[key]?.includes(value) === true;
}

function probe(): Readonly<Record<string, readonly unknown[]>> {
  return { timeoutSeconds: [1], periodSeconds: [10], successThreshold: [1], failureThreshold: [3] };
}
