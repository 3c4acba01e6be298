import type { Fault } from '../fault.ts';

/** Admission semantics, kinds of Pods and large ones: faults 37 to 51. */
export const PODS: readonly Fault[] = [
  {
    number: 37,
    fault: 'hostNetwork / hostPID / hostIPC pods',
    expected: 'template policy; default A0 with reason (Istio, Linkerd)',
    tests: [['injection/decision-guards.test.ts', 'a host network Pod: *']],
    mutation: [
      'functions/injection/decide/rules.ts',
      "{ spec: ['hostNetwork'], is: true }",
      "{ spec: ['hostPID'], is: true }",
    ],
    override:
      'design §4: "**Guards, always skipped**: […] hostNetwork and Windows (unless the template allows them)": hostPID and hostIPC alone change nothing that a sidecar needs, and are injected',
  },
  {
    number: 38,
    fault: 'Windows pods (`os.name`, nodeSelector, runtimeClass)',
    expected: 'A0 unless the template declares windows',
    tests: [['injection/decision-guards.test.ts', 'a Windows Pod *']],
    mutation: [
      'functions/injection/decide/rules.ts',
      "{ spec: ['nodeSelector', 'kubernetes.io/os'], is: 'windows' }",
      "{ spec: ['nodeSelector', 'kubernetes.io/os'], is: 'none' }",
    ],
  },
  {
    number: 39,
    fault: 'Mirror pods (`kubernetes.io/config.mirror`), Node-owned pods',
    expected: "A0 always; a tenant's forged annotation is reported and must not become a bypass in strict mode",
    tests: [
      ['injection/guards.test.ts', 'guards that need neither record nor template'],
      [
        'real/api-server.test.ts',
        'a mirror Pod is respected by the function too, when the registration lets it through',
      ],
    ],
    mutation: [
      'functions/injection/decide/guard-rules.ts',
      '{ annotationPresent: MIRROR }',
      "{ annotationPresent: 'none' }",
    ],
    override:
      'design §4: "**Guards, always skipped**: […] mirror pods": there is no strict mode; the reason MirrorPod in the log shows a forged annotation',
  },
  {
    number: 40,
    fault: 'DaemonSet, Job/CronJob (restartPolicy Never/OnFailure), bare pods, static names, StatefulSet',
    expected: 'A1; Job + classic sidecar → warning unless native sidecar',
    tests: [
      ['injection/legacy-sidecars.test.ts', 'a Job that would never be done is warned about'],
      ['golden.test.ts', 'job with * of the *'],
    ],
    mutation: [
      'functions/injection/plan/legacy-sidecars.ts',
      "if (policy !== 'Never' && policy !== 'OnFailure') return [];",
      'return [];',
    ],
  },
  {
    number: 41,
    fault: 'kube-system, kube-public, kube-node-lease and own exclusions',
    expected: 'A0 even if the configuration matches',
    tests: [
      ['injection/guards.test.ts', 'guards that need neither record nor template'],
      ['real/api-server.test.ts', 'kube-system is not called for by the registration, and skipped by the function'],
    ],
    mutation: ['functions/injection/decide/guard-rules.ts', "'kube-public', 'kube-node-lease'", "'kube-public'"],
  },
  {
    number: 42,
    fault: 'Opt-out wins over opt-in; values `"True"`, `"yes"`, `"1"`, `" true "`, invalid',
    expected: 'documented parse; invalid → A0 + warning, never a crash',
    tests: [
      ['injection/decision.test.ts', 'defect 13: a value that is neither true nor false is ignored, with a warning'],
    ],
    mutation: ['functions/injection/decide/decision.ts', '(odd ? [', '(!odd ? ['],
    override:
      'design §4: "a value that is neither true nor false → warning, ignored": the other rules decide, so the Pod may be injected',
  },
  {
    number: 43,
    fault:
      'Annotation naming 0, 1, 100, 10,000 templates; repeated; unknown; `constructor`; `../../other`; with NUL or newline',
    expected: 'closed lookup, cap, mode; no SSM path escape',
    tests: [['injection/decision-names.test.ts', '*']],
    mutation: [
      'functions/injection/decide/decision.ts',
      'if (names.length > TEMPLATES_PER_POD_MAX) {',
      'if (names.length < 0) {',
    ],
    override: 'design §4: "an unknown or forbidden name → denial that names it", whatever the mode',
  },
  {
    number: 44,
    fault:
      '`automountServiceAccountToken: false`, projected token volumes, image volumes, `restartPolicy: Always` init containers, `resources.claims`, `hostUsers`, scheduling gates, pod-level resources',
    expected: 'untouched, A1',
    tests: [
      ['golden.test.ts', 'scheduling with * of the *'],
      ['real/whole-pods.test.ts', '*: loses nothing, changes nothing, in the order of its lists'],
    ],
    mutation: [
      'functions/injection/plan/plan.ts',
      'const fragment = { metadata, spec: pod.spec };',
      'const fragment = { metadata, spec: { ...pod.spec, hostUsers: true } };',
    ],
  },
  {
    number: 45,
    fault: 'Native-sidecar template on a cluster declared < 1.29',
    expected: 'classic fallback or mode',
    tests: [['injection/legacy-sidecars.test.ts', 'where a native sidecar goes']],
    mutation: [
      'functions/injection/plan/legacy-sidecars.ts',
      'if (!template.pod.initContainers.some(isNative)) return template;',
      'if (template.pod.initContainers.length >= 0) return template;',
    ],
  },
  {
    number: 46,
    fault: 'Prepend init container before three existing',
    expected: 'exactly one operation; user entries byte-equal afterwards',
    tests: [
      ['injection/placement.test.ts', 'what is there already stays where it is'],
      ['golden.test.ts', 'native-sidecar with around of the *'],
    ],
    mutation: ['functions/injection/apply/placement.ts', "index === names.length ? '-' : index", "'-'"],
  },
  {
    number: 47,
    fault: 'int64 beyond 2⁵³, `1.0`, `1e3`, `-0` in user fields',
    expected: 'not present in any emitted value',
    tests: [['golden.test.ts', 'no operation holds or touches a large number: *']],
    mutation: [
      'functions/injection/plan/plan.ts',
      'const fragment = { metadata, spec: pod.spec };',
      'const fragment = { metadata, spec: { ...pod.spec, terminationGracePeriodSeconds: 2 ** 60 } };',
    ],
  },
  {
    number: 48,
    fault: 'Label that matches a workload selector, `pod-template-hash`, ownerReferences, finalizers, managedFields',
    expected: 'never touched (istio note 43433)',
    tests: [['injection/mutate-pod.test.ts', 'who owns the Pod stays as it is']],
    mutation: [
      'functions/kubernetes/merge/strategic-merge.ts',
      '} else if (field.map !== undefined && isRecord(current)) {',
      "} else if (field.map !== undefined && isRecord(current) && field.key !== 'labels') {",
    ],
  },
  {
    number: 49,
    fault: '1,000 containers; 10,000 env vars; 256 KiB annotations',
    expected: 'linear CPU',
    tests: [['injection/mutate-pod.test.ts', 'cost grows with the Pod, not faster']],
    mutation: [
      'functions/injection/apply/lay-under.ts',
      'for (const [i, live] of listOf(spec, where).entries()) {',
      'for (const [i, live] of listOf(spec, where).entries()) {\n      for (const other of listOf(spec, where)) JSON.stringify(other);',
    ],
  },
  {
    number: 50,
    fault: 'Two clusters or namespaces with equal names',
    expected: 'isolated by token',
    tests: [['entry-points/mutate-faults.test.ts', '1,000 interleaved requests of two Kubernetes clusters']],
    mutation: [
      'functions/template-store/cache/cached-records.ts',
      'const known = records.get(cluster);',
      'const known = records.get(cluster) ?? [...records.values()][0];',
    ],
  },
  {
    number: 51,
    fault: 'Multiple templates that conflict with each other',
    expected: 'stable order, conflict reported, mode',
    tests: [['injection/plan.test.ts', 'templates that contradict each other']],
    mutation: ['functions/injection/plan/plan.ts', 'if (at !== undefined) return', "if (at === '') return"],
  },
];
