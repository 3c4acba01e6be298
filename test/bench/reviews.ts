/** Text of an AdmissionReview v1 for the creation of a Pod, shaped like those that kube-apiserver 1.36 sends. */
export function reviewText(options: {
  readonly containers: number;
  readonly env: number;
  readonly annotationBytes?: number;
}): string {
  const { containers, env, annotationBytes = 0 } = options;
  const names = Array.from({ length: containers }, (_, i) => `app-${i}`);
  const spec = {
    containers: names.map((name) => containerOf(name, env)),
    ...{
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
    },
    ...{
      serviceAccount: 'default',
      securityContext: {},
      schedulerName: 'default-scheduler',
      priority: 0,
      enableServiceLinks: true,
    },
    volumes: [
      {
        name: 'kube-api-access-x7k2p',
        projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }], defaultMode: 420 },
      },
    ],
    tolerations: ['not-ready', 'unreachable'].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
  };
  const metadata = {
    generateName: 'web-7d4b9c8f6d-',
    namespace: 'shop',
    labels: { app: 'web', 'pod-template-hash': '7d4b9c8f6d' },
    annotations: { note: 'x'.repeat(annotationBytes) },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web-7d4b9c8f6d',
        uid: '1c2d',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
    managedFields: [managedFieldsOf(names, env)],
  };
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const request = {
    uid: '36966a65-a922-4f27-a8f3-c5f570c44509',
    ...{ kind, resource, requestKind: kind, requestResource: resource, namespace: 'shop', operation: 'CREATE' },
    userInfo: {
      username: 'system:serviceaccount:kube-system:replicaset-controller',
      groups: ['system:serviceaccounts', 'system:authenticated'],
    },
    object: { kind: 'Pod', apiVersion: 'v1', metadata, spec, status: {} },
    ...{ oldObject: null, dryRun: false, options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' } },
  };
  return JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request });
}

function containerOf(name: string, env: number): unknown {
  return {
    name,
    image: `registry.example.com/shop/${name}:1.4.2`,
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: Array.from({ length: env }, (_, i) => ({ name: `SETTING_${i}`, value: `value-${i}` })),
    resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '128Mi' } },
    volumeMounts: [
      { name: 'kube-api-access-x7k2p', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ],
    readinessProbe: {
      httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    },
    ...{
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: 'IfNotPresent',
    },
  };
}

function managedFieldsOf(names: readonly string[], env: number): unknown {
  const settings = Object.fromEntries(
    Array.from({ length: env }, (_, i) => [`k:{"name":"SETTING_${i}"}`, { '.': {}, 'f:name': {}, 'f:value': {} }]),
  );
  const containers = Object.fromEntries(
    names.map((n) => [`k:{"name":"${n}"}`, { '.': {}, 'f:env': { '.': {}, ...settings }, 'f:image': {} }]),
  );
  const fieldsV1 = { 'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } }, 'f:spec': { 'f:containers': containers } };
  return {
    manager: 'kube-controller-manager',
    operation: 'Update',
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1,
  };
}
