import type { Fault } from '../fault.ts';

/** Parameters and privilege: faults 68 to 76. */
export const PARAMETERS: readonly Fault[] = [
  {
    number: 68,
    fault: 'Parameter with newline, quote, `{{`, `${`, YAML tag, JSON fragment, ANSI, RTL override, 1 MB',
    expected:
      'typed rejection; output structure invariant (istio/istio#58889 vector included verbatim in kind, not in text)',
    tests: [
      ['template/parameter.test.ts', 'fault 68: hostile values'],
      ['template/render.test.ts', 'hostile values never add structure'],
    ],
    mutation: ['functions/template/parameter/types.ts', 'PRINTABLE.test(text) && !OPENERS', "text !== '' && !OPENERS"],
  },
  {
    number: 69,
    fault: 'Quantity `1e999`, `-1`, `100m\\r`, `0x10`; port 0, 65536, `80,22`; duration `-1s`; CIDR `0.0.0.0/0;`',
    expected: 'rejected',
    tests: [['template/parameter.test.ts', 'what does not']],
    mutation: [
      'functions/template/parameter/types.ts',
      'return port >= 1 && port <= 65_535 ? port',
      'return port >= 1 ? port',
    ],
  },
  {
    number: 70,
    fault: 'Image override to another registry/repository, digest strip, `:latest`, homoglyph',
    expected: 'rejected unless the template allows it',
    tests: [
      ['template/expression.test.ts', '*'],
      ['template/parameter.test.ts', 'a tag that moves is refused from a Pod, unless it is the default'],
      ['template/parameter.test.ts', 'what does not'],
    ],
    mutation: ['functions/template/parameter/parameter.ts', "value === 'latest' &&", "value === 'Latest' &&"],
  },
  {
    number: 71,
    fault:
      'Pod asks for privileged, hostPath, NET_ADMIN, root, other serviceAccount through parameters or same-named containers',
    expected: 'security diff is zero; D or ignore + warning',
    tests: [['injection/privileges.test.ts', 'a Pod that asks for more is refused']],
    mutation: [
      'functions/injection/mutate-pod.ts',
      "if ('raised' in made) return",
      "if ('raised' in made && made.raised === '') return",
    ],
  },
  {
    number: 72,
    fault: 'Template needing NET_ADMIN in a `restricted` namespace',
    expected: 'early clear message (warning), PSA decides; never a silent downgrade',
    tests: [
      ['injection/security-warnings.test.ts', 'the shipped mesh says so through the whole way of a Pod'],
      [
        'real/pod-security.test.ts',
        '* refuses the capabilities of proxy-init, and nothing else; our warning says so first',
      ],
    ],
    mutation: [
      'functions/injection/prove/security-warnings.ts',
      "...(level === 'privileged' ? [] :",
      "...(level !== 'baseline' || level !== undefined ? [] :",
    ],
  },
  {
    number: 73,
    fault: "Template from another team's prefix; `ns/name` form",
    expected: 'denied unless its policy lists the namespace',
    tests: [
      ['entry-points/mutate-faults.test.ts', 'asking for ops: denial 403'],
      ['injection/decision-names.test.ts', 'names a template of a namespace'],
    ],
    mutation: [
      'functions/injection/decide/decision.ts',
      'if (!template.allow.namespaces.some',
      'if (template.allow.namespaces.length === 0 && !template.allow.namespaces.some',
    ],
  },
  {
    number: 74,
    fault: 'Forged `userInfo` (system:masters) by a direct caller',
    expected: 'no effect',
    tests: [
      [
        'faults/request-drills.test.ts',
        'a direct caller who claims to be system:masters gets what everybody gets (74)',
      ],
    ],
    mutation: [
      'functions/admission/review.ts',
      "namespace: text(request, 'namespace', 'request.namespace', true),",
      "namespace: JSON.stringify(request['userInfo'] ?? '').includes('system:masters')\n      ? 'ops'\n      : text(request, 'namespace', 'request.namespace', true),",
    ],
  },
  {
    number: 75,
    fault: 'Direct caller enumerates templates with a valid token',
    expected: 'only non-secret content; rate-limited; audit line without body',
    tests: [
      [
        'infra/serverless.test.ts',
        'each route has its entry point: the webhook by its token, the release API by signed requests only',
      ],
      ['entry-points/mutate-log.test.ts', 'defect 17: no line ever holds the body, the path, the token or a header'],
      ['traffic/seen-proxies.test.ts', 'a version that is not of our form is neither kept nor logged (23)'],
    ],
    mutation: [
      'functions/admission/serve.ts',
      "const timeout = request.query('timeout');",
      "const timeout = request.query('timeout');\n    tools.log(reviewed, { body });",
    ],
  },
  {
    number: 76,
    fault: 'Response size amplification (tiny request, huge template × many)',
    expected: 'cap',
    tests: [
      [
        'faults/request-drills.test.ts',
        'a tiny request for as many and as large templates as there can be gets no huge answer (76)',
      ],
      ['faults/request-drills.test.ts', 'a Pod of so many containers that what each of them gets fits no answer (76)'],
    ],
    mutation: ['functions/injection/plan/plan.ts', 'length > PLAN_CHARACTERS_MAX) {', 'length < 0) {'],
  },
];
