import type { Fault } from '../fault.ts';

/** Transport and envelope: faults 1 to 22. */
export const TRANSPORT: readonly Fault[] = [
  {
    number: 1,
    fault: 'Method GET/PUT/DELETE/HEAD/OPTIONS',
    expected: 'H405, never 3xx',
    tests: [['entry-points/mutate.test.ts', '*: 405']],
    mutation: [
      'functions/admission/read-review.ts',
      "if (request.method !== 'POST') {",
      "if (request.method === 'GET') {",
    ],
  },
  {
    number: 2,
    fault: 'Wrong, missing, truncated, over-long, percent-encoded, case-changed or Unicode-lookalike token',
    expected: 'identical H403 body and timing class; body not parsed',
    tests: [
      ['entry-points/mutate-token.test.ts', 'every refusal of a token is the same'],
      [
        'entry-points/mutate-token.test.ts',
        'the body is parsed by nothing: a stranger can make no parser work (the class of CVE-2022-24726)',
      ],
    ],
    mutation: ['functions/identity/path-token.ts', 'if (claims.cluster !== cluster) throw refused();', ''],
  },
  {
    number: 3,
    fault: 'Content-Type missing, `text/plain`, `application/yaml`',
    expected:
      'H415; `application/json; charset=utf-8` and odd case → accepted (Istio and Vault reject by exact match; do better)',
    tests: [
      ['entry-points/mutate.test.ts', 'content type *: 415'],
      ['entry-points/mutate.test.ts', 'a content type in odd case: the same answer'],
      ['entry-points/mutate.test.ts', 'a charset: the same answer'],
    ],
    mutation: ['functions/admission/read-review.ts', '*(;.*)?$/i;', '*(;.*)?$/;'],
  },
  {
    number: 4,
    fault: 'Empty body, whitespace, `null`, `[]`, `"x"`, `42`',
    expected: 'H400, `text/plain` reason',
    tests: [['entry-points/mutate.test.ts', 'bodies that are no review: 400 with a sentence']],
    mutation: ['functions/admission/review.ts', 'if (!isRecord(review)) return', "if (review === '') return"],
  },
  {
    number: 5,
    fault: 'Truncated JSON, trailing garbage, two documents, BOM, NUL bytes',
    expected: 'H400',
    tests: [
      ['entry-points/mutate.test.ts', 'cut off'],
      ['entry-points/mutate.test.ts', 'something behind'],
      ['entry-points/mutate.test.ts', 'two documents'],
      ['entry-points/mutate.test.ts', 'a byte order mark'],
      ['entry-points/mutate.test.ts', 'a byte order mark in base64'],
      ['entry-points/mutate.test.ts', 'a NUL'],
    ],
    mutation: ['functions/http/event-parts.ts', ', ignoreBOM: true', ''],
  },
  {
    number: 6,
    fault: 'Non-UTF-8 bytes (base64 event)',
    expected: 'H400; never U+FFFD substitution',
    tests: [
      ['entry-points/mutate.test.ts', 'bytes that are not UTF-8'],
      ['entry-points/mutate.test.ts', 'not UTF-8 within a string'],
      ['entry-points/mutate.test.ts', 'UTF-16'],
      ['entry-points/mutate.test.ts', 'not UTF-8 within a value of the Pod'],
    ],
    mutation: ['functions/http/event-parts.ts', 'fatal: true', 'fatal: false'],
  },
  {
    number: 7,
    fault: '`isBase64Encoded: true` with valid JSON',
    expected: 'same answer as plain; invalid base64 → H400',
    tests: [
      ['entry-points/mutate.test.ts', 'a body in base64: the same answer'],
      ['entry-points/mutate.test.ts', 'marked as base64 but *'],
      ['entry-points/mutate.test.ts', 'base64 that a lenient decoder would take'],
    ],
    mutation: ['functions/http/event-parts.ts', 'body.length % 4 !== 0 || !', 'body.length < 0 && !'],
  },
  {
    number: 8,
    fault: 'Body of 3 MiB pod',
    expected: 'A1 within CPU budget; 6 MB event → handled; above limit → H413',
    tests: [
      ['faults/request-drills.test.ts', 'of 3 MiB, the most that Kubernetes takes (8) is injected'],
      ['faults/request-drills.test.ts', 'beyond what Lambda delivers: 413 (8, 9)'],
      ['entry-points/mutate.test.ts', 'more than 6 MiB *: 413'],
    ],
    mutation: ['functions/http/event-parts.ts', '= 6 * 1024 * 1024', '= 3 * 1024 * 1024'],
  },
  {
    number: 9,
    fault: 'Escaped-JSON env pod (event × 2)',
    expected: 'answered if delivered; documented limit otherwise',
    tests: [
      ['faults/request-drills.test.ts', 'of 3 MiB of quotes, which JSON escapes (9) is injected'],
      ['faults/request-drills.test.ts', 'beyond what Lambda delivers: 413 (8, 9)'],
    ],
    mutation: ['functions/http/event-parts.ts', '= 6 * 1024 * 1024', '= 5 * 1024 * 1024'],
  },
  {
    number: 10,
    fault: 'Nesting 1,000 / 5,000 / 100,000 levels in object, managedFields, options',
    expected: 'A0 or H400, no RangeError out, no process exit',
    tests: [
      ['admission/review.test.ts', '* are refused before they are parsed'],
      ['entry-points/mutate.test.ts', '100,000 levels'],
    ],
    mutation: ['functions/admission/review.ts', 'if (isTooDeep) return', "if (body === '') return"],
  },
  {
    number: 11,
    fault: '10⁵ keys in one object; 1 MB string; 10⁵-element array; colliding integer-like keys',
    expected: 'linear time',
    tests: [['admission/review.test.ts', '*: in linear time']],
    mutation: [
      'functions/admission/review.ts',
      "if (body.trim() === '') return",
      "let n = 0;\n  for (let i = 0; i < body.length; i++) for (let j = 0; j < body.length; j += 512) n += body.charCodeAt(j);\n  if (n < 0) throw new Error(String(n));\n  if (body.trim() === '') return",
    ],
  },
  {
    number: 12,
    fault: 'Duplicate JSON keys (`uid` twice; `containers` twice)',
    expected: 'last wins, consistent with Go; test fixed',
    tests: [['admission/review.test.ts', 'of a key written twice the last counts, as in Go']],
    mutation: [
      'functions/admission/review.ts',
      'review = parseJson(',
      'const text = body;\n    review = JSON.parse(text.replace(/("uid":"[^"]*")(.*)("uid":"[^"]*")/s, \'$3$2$1\')) ?? parseJson(',
    ],
  },
  {
    number: 13,
    fault: '`apiVersion: admission.k8s.io/v1beta1`',
    expected: 'answered in v1beta1 (or H400 if declared unsupported), never v1 for v1beta1',
    tests: [['entry-points/mutate.test.ts', 'a review of v1beta1 is answered in v1beta1']],
    mutation: ['functions/admission/encode.ts', '"${review.apiVersion}"', '"admission.k8s.io/v1"'],
  },
  {
    number: 14,
    fault: '`admission.k8s.io/v2`, wrong kind, missing apiVersion',
    expected: 'H400',
    tests: [
      ['entry-points/mutate.test.ts', 'another version'],
      ['entry-points/mutate.test.ts', 'another kind'],
      ['admission/review.test.ts', 'every fault comes with its path'],
    ],
    mutation: [
      'functions/admission/review.ts',
      "if (review['kind'] !== 'AdmissionReview') faults",
      "if (review['kind'] === '') faults",
    ],
  },
  {
    number: 15,
    fault: '`request` absent / null / array; `response` present instead',
    expected: 'H400',
    tests: [['admission/review.test.ts', 'every fault comes with its path']],
    mutation: ['functions/admission/review.ts', 'if (!isRecord(request)) {', 'if (request === null) {'],
  },
  {
    number: 16,
    fault: '`uid` missing, empty, number, 10 KB, control characters, non-UUID',
    expected: 'H400 when absent/not a string; otherwise echoed byte-exact',
    tests: [['admission/review.test.ts', 'every fault comes with its path']],
    mutation: ['functions/admission/review.ts', 'uid.length > UID_CHARACTERS_MAX ||', 'uid.length < 0 ||'],
  },
  {
    number: 17,
    fault: 'Unknown fields at every level (future API)',
    expected: 'ignored, preserved, A1',
    tests: [
      ['admission/review.test.ts', 'unknown fields at every level are ignored, and the object keeps its own'],
      ['golden.test.ts', 'future with * of the *'],
    ],
    mutation: [
      'functions/admission/review.ts',
      "const request = review['request'];",
      "const request = Object.keys(review).length > 3 ? undefined : review['request'];",
    ],
  },
  {
    number: 18,
    fault:
      '`__proto__`, `constructor`, `prototype`, `toString` as keys in envelope, labels, annotations, nodeSelector, resources',
    expected: 'no prototype change (`({}).x` probe after every request), A1/A0',
    tests: [
      ['entry-points/mutate.test.ts', 'keys of the prototype change nothing'],
      ['admission/review.test.ts', 'keys that name the prototype'],
      ['kubernetes/selector.test.ts', 'toString as the key of an expression*'],
    ],
    mutation: [
      'functions/json/check.ts',
      'return Object.hasOwn(owner, key) ? owner[key] : undefined;',
      'return owner[key];',
    ],
  },
  {
    number: 19,
    fault: '`timeout=1s`, `timeout=30s`, missing, `0s`, `-1s`, `abc`, `9999h`',
    expected: 'budget = min(parsed, own cap) with safety margin; bad value → own cap',
    tests: [
      ['entry-points/mutate-faults.test.ts', '?timeout= bounds every wait'],
      ['limits.test.ts', '?timeout=*: * ms'],
    ],
    mutation: [
      'functions/admission/deadline.ts',
      'return asked === 0 ? boundMs : Math.max',
      'return asked >= 0 ? boundMs : Math.max',
    ],
  },
  {
    number: 20,
    fault: 'Gateway event v1.0 shape, ALB shape, Function-URL shape, missing `requestContext`, mixed-case headers',
    expected: 'supported or H400, no TypeError',
    tests: [
      ['entry-points/mutate.test.ts', '*: 400, never an error'],
      ['entry-points/mutate.test.ts', 'headers in mixed case: the same answer'],
      ['entry-points/mutate.test.ts', 'payload format 1.0, as REST APIs send it: the same answer'],
      ['entry-points/mutate.test.ts', 'a Function URL: the same answer'],
    ],
    mutation: [
      'functions/http/event.ts',
      "if (typeof method !== 'string' || typeof path !== 'string') {",
      "if (method === '') {",
    ],
  },
  {
    number: 21,
    fault: 'Client disconnects or Lambda deadline near',
    expected: 'work abandoned, no "injected" metric',
    tests: [
      [
        'local/gateway.test.ts',
        'a client that goes away in the middle of its body does no harm, and its request reaches no entry point',
      ],
      ['limits.test.ts', 'the times of one admission lie inside each other'],
      [
        'entry-points/mutate-faults.test.ts',
        'a caller whose time is over has no Pod injected by a late answer of the store (21)',
      ],
    ],
    mutation: [
      'infra/local/server/gateway.ts',
      'void readPayload(request).then(',
      'void readPayload(request).catch(() => Buffer.alloc(0)).then(',
    ],
  },
  {
    number: 22,
    fault: 'Same UID twice, concurrently and sequentially (Retry-After replay)',
    expected: 'byte-identical answers, no side effects',
    tests: [['entry-points/mutate.test.ts', 'the same review twice, one after the other and at once: byte-identical']],
    mutation: [
      'functions/admission/encode.ts',
      'allowed: response.allowed,',
      'allowed: response.allowed, at: performance.now(),',
    ],
  },
];
