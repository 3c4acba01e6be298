import type { Fault } from '../fault.ts';

/** Runtime, process and deployment: faults 77 to 87. */
export const RUNTIME: readonly Fault[] = [
  {
    number: 77,
    fault:
      'Handler throws synchronously, rejects, rejects later (unhandled), throws non-Error, RangeError, OOM near-miss',
    expected: 'H500 or mode; process survives; next request fine (no suppressed re-init)',
    tests: [
      ['entry-points/mutate-faults.test.ts', 'a store that throws what is no Error: 500, and the next request is fine'],
    ],
    mutation: [
      'functions/admission/serve.ts',
      'return respondFailure(tools.log, error, elapsed(started));',
      'throw error;',
    ],
  },
  {
    number: 78,
    fault: 'Cold start with corrupted or missing environment variables',
    expected: 'fails at deploy check; at run time mode with one clear log line',
    tests: [
      [
        'entry-points/bundle.test.ts',
        'misconfigured, it answers 500 and says in its log what is wrong, without a value',
      ],
      ['config.test.ts', 'all faults are told at once'],
    ],
    mutation: [
      'functions/config.ts',
      "if (faults.length > 0) throw new ConfigError(faults.join('; '));\n  return { fleet, pathKeys };",
      'return { fleet, pathKeys };',
    ],
  },
  {
    number: 79,
    fault: 'Freeze with a background refresh in flight',
    expected: 'after thaw no unhandled rejection, no stuck single-flight promise',
    tests: [['faults/clock-drills.test.ts', 'a read in flight while the environment is frozen (79)']],
    mutation: [
      'functions/http/cached-value.ts',
      'reading ??= readAwake().finally(() => {\n      reading = undefined;',
      'reading ??= readAwake().finally(() => {',
    ],
  },
  {
    number: 80,
    fault: '1,000 sequential requests of alternating tenants',
    expected: 'no cross-request state (differential run against fresh processes)',
    tests: [['entry-points/mutate-faults.test.ts', 'no state passes from one request to another']],
    mutation: [
      'functions/template-store/cache/cached-records.ts',
      'const known = records.get(cluster);',
      'const known = records.get(cluster) ?? [...records.values()][0];',
    ],
  },
  {
    number: 81,
    fault: 'Memory: 10,000 requests of 100 KB',
    expected: 'RSS plateau',
    tests: [
      ['faults/request-drills.test.ts', '10,000 requests leave nothing behind (81)'],
      ['traffic/seen-proxies.test.ts', 'a proxy keeps nothing of its 77 KB polls in memory'],
      ['traffic/seen-proxies.test.ts', 'a namespace that floods the memory pushes nobody out'],
      ['identity/remembered-tokens.test.ts', '*'],
    ],
    mutation: [
      'functions/admission/read-review.ts',
      'const review = decodeReview(body);',
      'const review = decodeReview(body);\n      Object.assign(globalThis, { [`review${Math.random()}`]: body });',
    ],
  },
  {
    number: 82,
    fault: 'Log sink fails, stdout blocked, circular object',
    expected: 'request unaffected',
    tests: [['entry-points/mutate-log.test.ts', 'a log that fails changes nothing']],
    mutation: ['functions/log.ts', '// Nowhere is left to say it.', "throw new Error('the sink failed');"],
  },
  {
    number: 83,
    fault: 'Token rotation: old + new both valid, then old refused; empty token list',
    expected: 'refuse all (never allow all)',
    tests: [
      ['entry-points/mutate-token.test.ts', 'rotation'],
      ['config.test.ts', '*an empty set*'],
      ['entry-points/mutate-token.test.ts', 'whose record is deleted revives nothing'],
    ],
    mutation: ['functions/admission/serve.ts', 'epoch < record.minEpoch)', 'epoch < 0)'],
  },
  {
    number: 84,
    fault: 'Deployment swap while requests are in flight; old and new template schema together',
    expected: 'both answer',
    tests: [['faults/store-drills.test.ts', 'a version that is * never replaces a good one; cold, it is no template']],
    mutation: [
      'functions/template-store/cache/acceptance.ts',
      'if (known !== undefined && !next.has(stored.name)) next.set(known.name, known);',
      '',
    ],
  },
  {
    number: 85,
    fault: 'Shipped manifest lint',
    expected:
      '`timeoutSeconds` ≤ 3–5, `failurePolicy` explicit, `sideEffects: None`, `reinvocationPolicy: IfNeeded`, `matchPolicy: Equivalent`, CREATE pods only, no subresources, namespace exclusions, opt-in selector',
    tests: [['registration/webhook-configuration.test.ts', 'the whole registration is as it was agreed']],
    mutation: [
      'functions/registration/objects/webhook-configuration.ts',
      "operations: ['CREATE']",
      "operations: ['CREATE', 'UPDATE']",
    ],
  },
  {
    number: 86,
    fault:
      'Connection faults through the proxy: reset before/after headers, half body, slowloris, 1-byte chunks, keep-alive reuse after idle',
    expected: "fake API server's verdict matches the table of §0.1",
    tests: [
      ['local/gateway.test.ts', 'connections that break or crawl (86)'],
      ['local/gateway.test.ts', 'garbage instead of HTTP is a 400, and the gateway lives on'],
      ['real/failure-policy.test.ts', '*: Ignore makes the Pod without sidecar'],
      ['real/failure-policy.test.ts', '*: Fail refuses the Pod and names the cause'],
    ],
  },
  {
    number: 87,
    fault: 'API-server verdict replay',
    expected:
      'for each fault, run Ignore and Fail and assert *pod created / rejected* as documented, reinvocation included',
    tests: [
      ['real/failure-policy.test.ts', '*: Ignore makes the Pod without sidecar'],
      ['real/failure-policy.test.ts', '*: Fail refuses the Pod and names the cause'],
    ],
    mutation: ['functions/admission/serve.ts', '? textResult(500,', '? textResult(204,'],
  },
];
