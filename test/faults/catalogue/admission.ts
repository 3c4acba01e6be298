import type { Fault } from '../fault.ts';

/** Admission semantics, the request and the merge: faults 23 to 36. */
export const ADMISSION: readonly Fault[] = [
  {
    number: 23,
    fault: '`operation` UPDATE, DELETE, CONNECT, unknown',
    expected: 'A0 (pod spec is immutable on update)',
    tests: [
      ['injection/guards.test.ts', 'guards that need neither record nor template'],
      ['entry-points/mutate.test.ts', '* is allowed without a patch'],
    ],
    mutation: ['functions/injection/decide/guard-rules.ts', "is: 'CREATE'", "is: 'UPDATE'"],
  },
  {
    number: 24,
    fault: '`resource` not pods; `subResource` ephemeralcontainers, resize, status, binding, exec, eviction',
    expected: 'A0',
    tests: [
      ['injection/guards.test.ts', 'guards that need neither record nor template'],
      ['entry-points/mutate.test.ts', 'a subresource is allowed without a patch'],
    ],
    mutation: [
      'functions/injection/decide/guard-rules.ts',
      "{ request: 'subResource', is: '' }",
      "{ not: { request: 'subResource', is: 'x' } }",
    ],
  },
  {
    number: 25,
    fault: '`object` null (DELETE) or not an object',
    expected: 'A0; never a patch (API server turns it into an internal error)',
    tests: [['injection/guards.test.ts', 'guards that need neither record nor template']],
    mutation: ['functions/injection/decide/guards.ts', 'hasObject: isRecord(object)', 'hasObject: true'],
  },
  {
    number: 26,
    fault: '`kind`/`requestKind` differ (conversion)',
    expected: 'use `request.kind`/`object`; A1 only for v1 Pod',
    tests: [
      ['admission/review.test.ts', 'request.kind counts, not requestKind (conversion by matchPolicy: Equivalent)'],
    ],
    mutation: [
      'functions/admission/review.ts',
      "const kind = part('kind');",
      "const kind = part(request['requestKind'] === undefined ? 'kind' : 'requestKind');",
    ],
  },
  {
    number: 27,
    fault: '`dryRun: true`',
    expected: 'same patch, no writes, no counters that trigger actions',
    tests: [
      ['entry-points/mutate.test.ts', 'a dry run gets the same bytes'],
      ['real/api-server.test.ts', 'kubectl --dry-run=server shows the injected Pod and stores nothing'],
    ],
    mutation: [
      'functions/admission/handle.ts',
      'const { namespace } = request;',
      "if (request.dryRun) return { outcome: skipped('NotCreate'), response: allowed() };\n  const { namespace } = request;",
    ],
  },
  {
    number: 28,
    fault: 'Reinvocation: our own output in',
    expected: 'zero operations',
    tests: [
      ['injection/inject-conflicts.test.ts', 'as we left it: nothing to do'],
      ['real/idempotence.test.ts', '*: no operation, and the same Pod'],
    ],
    mutation: [
      'functions/injection/apply/lay-under.ts',
      '  if (!isStray && covers(live, container, CONTAINER)) return [];\n  if (isChangedByOthers(pod, list, live)) return [];\n',
      '',
    ],
  },
  {
    number: 29,
    fault:
      'Reinvocation after another webhook removed our volume, renamed or reordered containers, changed our image, dropped the status annotation',
    expected: 'repair only what is missing or A0 + warning; never duplicates',
    tests: [
      ['injection/inject-conflicts.test.ts', 'another webhook took our volume away: just that comes back'],
      ['injection/inject-conflicts.test.ts', '*another webhook*'],
      ['real/reinvocation.test.ts', 'two templates and a webhook that rewrites images, all reinvoked'],
    ],
    mutation: ['functions/injection/apply/inject.ts', 'if (!isBroughtByPod(pod, path, live)) return true;', ''],
  },
  {
    number: 30,
    fault: 'Status annotation forged by the user with no sidecar present',
    expected: 'treated as not injected (or documented skip), never half-injected',
    tests: [['injection/inject-conflicts.test.ts', 'defect 7: the status annotation is never trusted']],
    mutation: [
      'functions/injection/apply/inject.ts',
      '  const laid = layUnder(pod, spec, plan, adds, former);\n',
      "  if (JSON.stringify(own(pod, 'metadata'))?.includes('outrigger.dev/status')) return { operations: [] };\n  const laid = layUnder(pod, spec, plan, adds, former);\n",
    ],
  },
  {
    number: 31,
    fault: '`generateName` without `name`; name = 253 chars; no namespace in object',
    expected: '`request.namespace` used; no `undefined` in output',
    tests: [
      ['faults/request-drills.test.ts', '*: injected, and nothing undefined in the answer or the log (31)'],
      ['injection/guards.test.ts', 'the namespace of the request counts, not the one that the object writes'],
      [
        'entry-points/mutate-faults.test.ts',
        'a template is allowed to the namespace of the request, whatever the object writes (31)',
      ],
    ],
    mutation: [
      'functions/injection/decide/guards.ts',
      'podFacts(pod, namespace)',
      "podFacts(pod, String(Object(pod['metadata']).namespace ?? namespace))",
    ],
  },
  {
    number: 32,
    fault:
      'Missing `metadata.labels`, `annotations`, `spec.volumes`, `initContainers`; empty `{}`/`[]`/`null` for each (32 combinations)',
    expected: 'patch creates parents correctly (kubernetes/kubernetes#129459)',
    tests: [['injection/inject.test.ts', 'defects 1 and 4: absent, empty and null parents in every combination']],
    mutation: [
      'functions/kubernetes/merge/strategic-merge.ts',
      'if (current === undefined || current === null) {',
      'if (current === null) {',
    ],
  },
  {
    number: 33,
    fault: 'Keys containing `/`, `~`, `~1`, empty string, unicode, `-`, digits',
    expected: 'RFC 6901 escaping exact',
    tests: [['kubernetes/json-patch.test.ts', 'defect 3: keys in a JSON Pointer']],
    mutation: ['functions/kubernetes/json-patch.ts', ".replaceAll('/', '~1')", ''],
  },
  {
    number: 34,
    fault: 'Existing container, init container, ephemeral container or volume with our name: identical',
    expected: 'skip; different → mode (Istio-style override only if the template opts in)',
    tests: [
      ['injection/inject-conflicts.test.ts', 'defect 6: what the Pod brings under our names'],
      ['golden.test.ts', 'ephemeral-clash with sidecar: *'],
    ],
    mutation: [
      'functions/injection/apply/lay-under.ts',
      'if (where !== list) return undefined;',
      'if (where !== list) continue;',
    ],
  },
  {
    number: 35,
    fault: 'Existing same mountPath, port name, containerPort/hostPort, env name, imagePullSecret, toleration',
    expected: 'merged by key or mode; result passes the Pod validator',
    tests: [
      ['golden.test.ts', 'port-clash with * of the *'],
      ['injection/each-container.test.ts', 'every container that the Pod brought'],
    ],
    mutation: [
      'functions/injection/apply/each-container.ts',
      "for (const list of LISTS) {\n    for (const [i, live] of listOf(own(pod, 'spec'), list).entries()) {",
      "for (const list of LISTS.slice(0, 1)) {\n    for (const [i, live] of listOf(own(pod, 'spec'), list).entries()) {",
    ],
  },
  {
    number: 36,
    fault:
      'Result would violate validation (duplicate names, volumeMount without volume, label value > 63, annotations > 256 KiB total, bad quantity, limits < requests)',
    expected: 'self-validation catches it; mode. Never emitted',
    tests: [
      ['injection/verify.test.ts', 'a patch with a bad result'],
      [
        'faults/request-drills.test.ts',
        'that ours would push beyond 256 KiB: the Pod is not broken, failurePolicy decides (36)',
      ],
      ['faults/request-drills.test.ts', 'that are too many already are the API server’s to refuse (36)'],
    ],
    mutation: [
      'functions/injection/prove/verify.ts',
      'if (overflows(pod, plan)) return',
      'if (overflows(pod, plan) && plan.containers.length < 0) return',
    ],
  },
];
