import type { Fault } from '../fault.ts';

/** The template store: faults 52 to 67. */
export const STORE: readonly Fault[] = [
  {
    number: 52,
    fault: 'SSM down (DNS failure, refused, reset, TLS error, 5xx) with warm cache',
    expected: 'A1 from cache, stale metric',
    tests: [
      ['faults/store-drills.test.ts', 'a store that is failing (52)'],
      ['faults/store-drills.test.ts', 'a store that is resetting connections (52)'],
      ['faults/store-drills.test.ts', 'a store that is talking garbage (52)'],
      ['http/cached-value.test.ts', 'a source that hangs never holds up who could have an aged value'],
    ],
    mutation: [
      'functions/http/cached-value.ts',
      '      cause = error;',
      '      cached = undefined;\n      cause = error;',
    ],
  },
  {
    number: 53,
    fault: 'SSM down, cold environment, snapshot present',
    expected: 'A1 from snapshot + warning; absent → mode within budget (optionally one 503 + `Retry-After: 1`)',
    tests: [
      ['entry-points/bundle.test.ts', 'with Parameter Store down at INIT it injects from the snapshot, and warns'],
      [
        'entry-points/bundle.test.ts',
        'with Parameter Store down at INIT it still opens, bounded in time, and answers 500',
      ],
    ],
    mutation: [
      'functions/template-store/cache/template-cache.ts',
      'const value = snapshot();',
      'const value = undefined as T | undefined;',
    ],
  },
  {
    number: 54,
    fault: 'ThrottlingException on every call / on 1 of N / for 60 s',
    expected: 'jittered backoff, single-flight, no retry storm (calls counted)',
    tests: [
      ['faults/store-drills.test.ts', 'a store that is throttled (54)'],
      ['faults/store-drills.test.ts', 'a throttled cold start (54)'],
    ],
    mutation: ['functions/admission/retry-once.ts', ' || asked.has(uid)', ''],
  },
  {
    number: 55,
    fault: 'Slow: 100 ms, 1 s, 29 s, never',
    expected: 'bounded by `timeout=`; late answer still refreshes the cache for the next call',
    tests: [
      ['faults/store-drills.test.ts', 'a store that is never answering (55)'],
      ['faults/store-drills.test.ts', 'a slow store (55)'],
      ['http/cached-value.test.ts', 'a source that hangs never holds up who could have an aged value'],
    ],
    mutation: [
      'functions/http/cached-value.ts',
      'if (cached === undefined || !fresh) await within(refresh(), waitMs);',
      'await refresh();',
    ],
  },
  {
    number: 56,
    fault: 'AccessDenied, ExpiredToken, KMS failure, region mismatch',
    expected: 'mode + alarm; no credential text in logs',
    tests: [
      ['faults/store-drills.test.ts', 'a store that is denied (56)'],
      ['faults/store-drills.test.ts', 'a store that is with expired credentials (56)'],
    ],
    mutation: [
      'functions/errors.ts',
      'error instanceof Error ? error.name :',
      'error instanceof Error ? error.message :',
    ],
  },
  {
    number: 57,
    fault: 'Clock skew ± 1 h (signature rejected)',
    expected: 'one re-sign from the server date, then mode',
    tests: [['faults/clock-drills.test.ts', 'clock skew (57)']],
  },
  {
    number: 58,
    fault: 'Clock jump after freeze/thaw: backwards, + 7 days',
    expected: 'TTL neither immortal nor negative',
    tests: [['faults/clock-drills.test.ts', 'the clock jumps while the environment is frozen (58)']],
    mutation: [
      'functions/http/cached-value.ts',
      'return now >= freshFrom && now < freshUntil;',
      'return now < freshUntil;',
    ],
  },
  {
    number: 59,
    fault:
      'Malformed template: not JSON/YAML, truncated at 4,096/8,192, alias bomb, duplicate anchors, tabs, wrong top level, numeric keys, `__proto__`, 5,000-deep',
    expected: 'previous good version kept, alarm; never partial',
    tests: [
      [
        'faults/store-drills.test.ts',
        'a version that is malformed (59) never replaces a good one; cold, it is no template',
      ],
      [
        'faults/store-drills.test.ts',
        'a version that is cut short in its compressed form (59) never replaces a good one; cold, it is no template',
      ],
      ['template/source.test.ts', 'refused with line and column'],
    ],
    mutation: [
      'functions/template-store/cache/acceptance.ts',
      'if (known !== undefined && !next.has(stored.name)) next.set(known.name, known);',
      '',
    ],
  },
  {
    number: 60,
    fault:
      'Well-formed but invalid template (no name, unknown field, two containers of one name, bad quantity, image with newline)',
    expected: 'refused at load with file/field in the message',
    tests: [
      [
        'faults/store-drills.test.ts',
        'a version that is invalid (60) never replaces a good one; cold, it is no template',
      ],
      ['template/parse-template.test.ts', '* is refused at *'],
    ],
    mutation: [
      'functions/template-store/cache/acceptance.ts',
      'if (!parsed.valid) return describeFaults(parsed.faults);',
      'if (!parsed.valid) return undefined;',
    ],
  },
  {
    number: 61,
    fault: 'Template removed mid-flight (listed, then ParameterNotFound)',
    expected: 'last good for the grace period, then mode',
    tests: [['faults/store-drills.test.ts', 'a removed template is no longer served after a TTL (61)']],
    mutation: [
      'functions/template-store/cache/acceptance.ts',
      'const next = new Map<string, Template>();',
      'const next = new Map<string, Template>(lastGood);',
    ],
  },
  {
    number: 62,
    fault: 'Template changed between read of part 1 and part 2 (pagination/multi-parameter)',
    expected: 'version check; no mixed version',
    tests: [
      [
        'faults/store-drills.test.ts',
        'a version that is half written (62) never replaces a good one; cold, it is no template',
      ],
    ],
    mutation: [
      'functions/template-store/cache/acceptance.ts',
      "if ('unreadable' in stored) return stored.unreadable;",
      "if ('unreadable' in stored) return undefined;",
    ],
  },
  {
    number: 63,
    fault: 'Version rolls back or label moves',
    expected: 'honoured, monotonic only by TTL',
    tests: [['faults/store-drills.test.ts', 'a moved label is served within a TTL, and a rollback as well (63)']],
    mutation: [
      'functions/template-store/cache/acceptance.ts',
      'if (known.version !== stored.version ||',
      'if (known.version > stored.version) return true;\n  if (known.version !== stored.version ||',
    ],
  },
  {
    number: 64,
    fault: 'Empty path, 10,001 parameters, pagination loop with repeated token',
    expected: 'caps',
    tests: [
      ['faults/listing-drills.test.ts', 'an empty path (64)'],
      ['faults/listing-drills.test.ts', '* (64)'],
    ],
    mutation: ['functions/template-store/ssm/pages.ts', 'if (seen.has(next)) throw', "if (next === '') throw"],
  },
  {
    number: 65,
    fault: '`SecureString` or literal secret in template',
    expected: 'refused by default; never in response or logs',
    tests: [['faults/secret-drills.test.ts', '* (65)']],
    mutation: [
      'functions/template-store/ssm/reader.ts',
      "const isString = parameter.Type === 'String';",
      "const isString = parameter.Type !== '';",
    ],
  },
  {
    number: 66,
    fault: '100 concurrent cold requests in one process',
    expected: 'one store call. 200 fresh environments → ≤ quota with jitter',
    tests: [['faults/store-drills.test.ts', 'refreshes, counted (66)']],
    mutation: ['functions/http/cached-value.ts', 'reading ??= readAwake()', 'reading = readAwake()'],
  },
  {
    number: 67,
    fault: 'Poisoned snapshot bundle (checksum mismatch)',
    expected: 'refused at build and at start',
    tests: [
      ['entry-points/bundle.test.ts', 'one that was changed is refused at build'],
      ['entry-points/bundle.test.ts', 'and at start: 500, with the reason in the log'],
    ],
    mutation: [
      'functions/template-store/cache/bundled-templates.ts',
      'if (!isRecord(content) || checksum !== checksumOf(content)) {',
      'if (!isRecord(content)) {',
    ],
  },
];
