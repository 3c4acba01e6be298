import type { Fault } from '../fault.ts';

/** Canary weights: faults 88 to 100. */
export const WEIGHTS: readonly Fault[] = [
  {
    number: 88,
    fault: 'Weights negative, > 100, NaN, "50%", not summing, all zero, unknown or duplicate cluster',
    expected: 'refused; previous weights stay',
    tests: [['faults/release-drills.test.ts', 'fault 88: weights that are none are refused, and the last ones stay']],
    mutation: ['functions/canary/document/parse-weights.ts', '&& sum !== totalWeight) {', '&& sum > totalWeight) {'],
  },
  {
    number: 89,
    fault: 'Two concurrent shifts / stale version',
    expected: 'compare-and-set; loser gets 409; no lost update',
    tests: [
      ['faults/release-drills.test.ts', 'fault 89: concurrent shifts'],
      ['table/file-store.test.ts', '50 writers in 5 processes on one canary: each version has one, none is lost (89)'],
      ['table/dynamo-call.test.ts', 'no read of the releases takes what a lagging replica has'],
      ['real/canary-table.test.ts', '50 writers on one canary: exactly one wins each version (89)'],
    ],
    mutation: [
      'functions/table/sqlite/replace.ts',
      'if (current?.metadata.resourceVersion !== expected || isTaken) return',
      'if (isTaken) return',
    ],
  },
  {
    number: 90,
    fault: 'Shift accepted, store write fails or times out after commit',
    expected: 'idempotent retry by operation id; never double-step',
    tests: [
      ['faults/release-drills.test.ts', 'fault 90: a shift whose answer got lost'],
      ['table/dynamo-call.test.ts', 'after a lost answer the audit entry says whose write it is (90)'],
    ],
    mutation: [
      'functions/table/dynamo/transact.ts',
      'const isProven = mayBeRepeated && proof',
      'const isProven = !mayBeRepeated && proof',
    ],
  },
  {
    number: 91,
    fault: 'Store down while Envoys poll',
    expected: 'last weights with unchanged version; never empty, never 404 that drains a route',
    tests: [
      ['faults/data-plane.test.ts', 'the store is * while proxies poll (91)'],
      ['faults/data-plane.test.ts', 'one stored canary cannot be read at all (91)'],
      ['table/dynamo-call.test.ts', 'a list is whole, or it is an error (91)'],
      ['faults/data-plane.test.ts', 'two environments, one of them thawed ten minutes after an abort (91)'],
    ],
    mutation: [
      'functions/traffic/canary-cache.ts',
      'Object.assign(entry, { cause: error, failedAt: options.now() });',
      'Object.assign(entry, { cause: error, failedAt: options.now(), state: undefined });',
    ],
    override: 'design §5: "an aged state answers 304 or 503, never another version"',
  },
  {
    number: 92,
    fault: 'Poll storm (1,000 proxies, synchronized)',
    expected: 'cached/ETag answers; no store call per poll',
    tests: [['faults/data-plane.test.ts', 'a storm of polls (92)']],
    mutation: ['functions/traffic/canary-cache.ts', '    entry.triedAt = options.now();\n', ''],
  },
  {
    number: 93,
    fault: 'Malformed or old discovery request (unknown type, bad nonce, NACK, v2 paths, node absent)',
    expected: 'empty-safe answer; NACK stops the rollout and is surfaced',
    tests: [
      ['faults/data-plane.test.ts', 'malformed and refused polls (93)'],
      ['traffic/poll.test.ts', '*'],
    ],
    mutation: ['functions/traffic/proxies/seen-proxies.ts', 'refused.times >= REJECTED_AFTER', 'refused.times < 0'],
  },
  {
    number: 94,
    fault: 'Metrics source missing, stale, zero traffic, NaN error rate, counter reset',
    expected: '"no data" never promotes; deadline → rollback',
    tests: [
      ['advance/release-metrics.test.ts', '(94) without data it never goes on, and the deadline takes it back'],
      ['canary/metrics/metrics.test.ts', 'a metric that has failed stays failed, and no data alone never goes on'],
    ],
    mutation: [
      'functions/canary/steps/before-a-step.ts',
      "if (metrics.decision !== 'Hold' || lastTaken",
      "if (metrics.decision !== 'Hold' || metrics.isWithoutData || lastTaken",
    ],
  },
  {
    number: 95,
    fault: 'Rollback path with canary unhealthy *and* store throttled',
    expected: 'weight-to-zero takes priority, retried, alarm',
    tests: [
      ['faults/release-drills.test.ts', 'fault 95: the store is throttled'],
      ['contract/canary-store.test.ts', 'canary store, every order of requests: *'],
    ],
    mutation: ['functions/releases/abort/persist.ts', 'const TRIES_MAX = 6;', 'const TRIES_MAX = 1;'],
  },
  {
    number: 96,
    fault: 'Clock skew between controllers',
    expected: 'steps by recorded state, not by local time alone',
    tests: [
      [
        'faults/data-plane.test.ts',
        'clocks apart (96): a clock that jumps back neither stops the reading nor serves a future',
      ],
      ['traffic/proxy-status.test.ts', 'a report from a clock that is ahead'],
    ],
    mutation: ['functions/traffic/canary-cache.ts', 'return now >= time && now <', 'return now <'],
  },
  {
    number: 97,
    fault: 'Webhook token used on control routes',
    expected: 'H403 (separate identity, IAM-signed)',
    tests: [['faults/release-drills.test.ts', 'fault 97: the webhook’s token opens nothing here']],
    mutation: [
      'functions/release-api/request/caller.ts',
      "throw new ApiError('Forbidden', 'the release API takes",
      "if (typeof fieldOf(event, 'headers') === 'object') return 'anybody';\n  throw new ApiError('Forbidden', 'the release API takes",
    ],
  },
  {
    number: 98,
    fault: 'Same canary name in two clusters/namespaces',
    expected: 'isolated',
    tests: [
      [
        'faults/release-drills.test.ts',
        'fault 98: canaries of one name in two clusters and namespaces know nothing of each other',
      ],
      [
        'faults/data-plane.test.ts',
        'the same canary in two Kubernetes clusters and two namespaces (98): each proxy sees its own',
      ],
    ],
    mutation: [
      'functions/table/row-key.ts',
      'return `C#${segments(cluster)}`;',
      "return `C#${segments(cluster === '' ? '' : 'local')}`;",
    ],
  },
  {
    number: 99,
    fault: 'Controller dies mid-step (between write and record)',
    expected: 'resumes to the same state',
    tests: [
      [
        'table/file-store.test.ts',
        'a writer that is killed loses nothing that was answered, leaves no half, and blocks nobody (99)',
      ],
      ['table/file-store.test.ts', 'a write is on the disk before it is answered: each commit is synced (99)'],
      [
        'real/canary-table-faults.test.ts',
        'a caller who is gone by then leaves all of it, or nothing, and the next one goes on from there (99)',
      ],
    ],
    mutation: ['functions/table/sqlite/file-store.ts', 'synchronous = FULL', 'synchronous = OFF'],
  },
  {
    number: 100,
    fault: 'Weight response tampering by a pod (read token holder)',
    expected: "read-only route; cannot alter or see others' routes",
    tests: [
      ['faults/data-plane.test.ts', 'a Pod that shows its token elsewhere, or another token here (100)'],
      [
        'entry-points/canaries.test.ts',
        'what one Pod made up, and an older version of us wrote down, delays no canary of its Kubernetes cluster (12)',
      ],
      [
        'faults/data-plane.test.ts',
        '110 tokens of a foreign namespace with versions of 4 KB: the report is small, and holds nobody back (13)',
      ],
    ],
    mutation: [
      'functions/identity/proxy-token.ts',
      'const { payload } = await jwtVerify(token, key.key, {',
      "const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());\n      void ({",
    ],
  },
];
