import fc from 'fast-check';
import type { Operation } from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import { findPatchFault } from '../../functions/injection/prove/verify.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import type { Template } from '../../functions/template/template.ts';
import { findUnexportable } from '../../infra/cli/export/unexportable.ts';
import { lintTemplate } from '../../infra/cli/lint/lint.ts';
import { mutate, worked } from '../support/mutations.ts';
import { applyStrictly, managedFields, podOf } from '../support/pods.ts';
import { oneContainer, planOf, stateOf, templateDocument, templateOf } from '../support/templates.ts';
import { at, copyOf } from '../support/values.ts';

type Json = Record<string, unknown>;

const PROBE = { httpGet: { path: '/ready', port: 15_021 }, periodSeconds: 2 };
const DRAIN = { exec: { command: ['/bin/drain'] } };
const MOUNT = { name: 'tmp', mountPath: '/tmp/agent' };
const WHOLE = {
  env: [{ name: 'AGENT', value: 'on' }],
  volumeMounts: [MOUNT],
  lifecycle: { preStop: DRAIN },
  resources: { requests: { cpu: '10m' }, limits: { memory: '64Mi' } },
  readinessProbe: PROBE,
};
const VOLUMES = { spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } };
const amending = (amend: readonly Json[], name = 'z', pod: Json = VOLUMES, more: Json = {}): Template =>
  templateOf(name, { pod, amend, order: 200, ...more });

const container = (pod: RawPod, i = 0, list = 'containers') => at(pod, 'spec', list, i);
const app = (more: Json = {}, metadata: Json = {}) =>
  podOf({ containers: [{ name: 'app', image: 'a:1', ...more }] }, metadata);

describe('a container of the Pod', () => {
  const template = amending([{ container: 'app', fragment: { ...WHOLE, args: ['--agent', '-v'] } }]);

  test('gets all of it where it says nothing', () => {
    expect(container(worked(app({ args: ['serve'] }), template))).toEqual({
      name: 'app',
      image: 'a:1',
      ...WHOLE,
      args: ['serve', '--agent', '-v'],
    });
  });

  test.each<[what: string, own: Json, kept: string | undefined, after: Json]>([
    [
      'another probe',
      { readinessProbe: { tcpSocket: { port: 1 } } },
      'readinessProbe',
      { readinessProbe: { tcpSocket: { port: 1 } } },
    ],
    [
      'the same probe, defaults filled in',
      { readinessProbe: { ...PROBE, timeoutSeconds: 1 } },
      undefined,
      { readinessProbe: { ...PROBE, timeoutSeconds: 1 } },
    ],
    [
      'another preStop',
      { lifecycle: { preStop: { sleep: { seconds: 5 } } } },
      'lifecycle.preStop',
      { lifecycle: { preStop: { sleep: { seconds: 5 } } } },
    ],
    [
      'a postStart',
      { lifecycle: { postStart: DRAIN } },
      undefined,
      { lifecycle: { postStart: DRAIN, preStop: DRAIN } },
    ],
    [
      'a request of its own',
      { resources: { requests: { cpu: '1' } } },
      'resources of cpu',
      { resources: { requests: { cpu: '1' }, limits: { memory: '64Mi' } } },
    ],
    [
      'a limit below our request',
      { resources: { limits: { cpu: '1m', memory: '65536Ki' } } },
      'resources of cpu',
      { resources: { limits: { cpu: '1m', memory: '65536Ki' } } },
    ],
    ['null', { resources: null, lifecycle: null, readinessProbe: null }, undefined, { resources: WHOLE.resources }],
  ])('with %s keeps it', (_what, own, kept, after) => {
    const pod = app({ args: ['x'], ...own });
    const warnings =
      kept === undefined ? [] : [`outrigger: container app keeps its own ${kept}; the template's was not added`];
    expect(mutate(pod, template).warnings).toEqual(warnings);
    expect(container(worked(pod, template))).toMatchObject({ ...after, env: WHOLE.env });
  });

  test.each<[what: string, own: Json, args: unknown]>([
    ['that ends with them', { args: ['a', '--agent', '-v'] }, ['a', '--agent', '-v']],
    ['that has them in front', { args: ['--agent', '-v', 'a'] }, ['--agent', '-v', 'a', '--agent', '-v']],
    ['that ends with a part of them', { args: ['--agent'] }, ['--agent', '--agent', '-v']],
    ['with a command alone', { command: ['serve'] }, ['--agent', '-v']],
  ])('arguments are appended to a list %s', (_what, own, args) => {
    expect(at(container(worked(app(own), template)), 'args')).toEqual(args);
  });

  test('with neither command nor args keeps the arguments of its image, with a warning', () => {
    const outcome = mutate(app(), template);
    expect(outcome.warnings).toEqual([
      "outrigger: container app keeps the arguments of its image; the template's was not added",
    ]);
    expect(at(container(worked(app(), template)), 'args')).toBeUndefined();
  });

  test('what another webhook appends after us is no reason to append again', () => {
    const done = worked(app({ args: ['serve'] }), template);
    const changed = copyOf(done);
    (at(changed, 'spec', 'containers', 0, 'args') as unknown[]).push('--other');
    expect(mutate(changed, template)).toMatchObject({ reason: 'AlreadyInjected', operations: [] });
  });

  test('of another webhook is left alone', () => {
    const pod = podOf(
      { containers: [{ name: 'main' }, { name: 'app', image: 'a:1' }] },
      { managedFields: managedFields({ containers: ['main'] }) },
    );
    expect(container(worked(pod, template), 1)).toEqual({ name: 'app', image: 'a:1' });
  });

  test('that is not there is no trouble', () => {
    expect(worked(podOf({ containers: [{ name: 'other', image: 'o:1' }] }), template)).toMatchObject({
      spec: { containers: [{ name: 'other', image: 'o:1' }] },
    });
  });

  test('of no known shape is left to the API server', () => {
    for (const odd of [{ args: 'x' }, { resources: { limits: 'x' } }, { lifecycle: [] }]) {
      expect(mutate(app(odd), template).reason).toBe('Injected');
    }
  });
});

describe('init containers', () => {
  const pod = podOf({
    initContainers: [
      { name: 'setup', image: 's:1' },
      { name: 'native', image: 'n:1', restartPolicy: 'Always' },
    ],
    containers: [{ name: 'app', image: 'a:1' }],
  });

  test('that run to their end get no probes and no preStop, which the API server refuses there', () => {
    const done = worked(pod, amending([{ container: '*', except: ['app'], fragment: WHOLE }]));
    const { lifecycle: _lifecycle, readinessProbe: _probe, ...rest } = WHOLE;
    expect(container(done, 0, 'initContainers')).toEqual({ name: 'setup', image: 's:1', ...rest });
    expect(container(done, 1, 'initContainers')).toEqual({
      name: 'native',
      image: 'n:1',
      restartPolicy: 'Always',
      ...WHOLE,
    });
    expect(container(done)).toEqual({ name: 'app', image: 'a:1' });
  });

  test('eachContainer and an amendment for * are the same', () => {
    const fragment = { env: WHOLE.env, volumeMounts: WHOLE.volumeMounts };
    const each = templateOf('z', { pod: VOLUMES, eachContainer: { except: ['setup'], fragment }, order: 200 });
    const ours = mutate(pod, amending([{ container: '*', except: ['setup'], fragment }])).operations;
    const withoutStatus = (operations: readonly Operation[]) =>
      operations.filter(({ path }) => !path.startsWith('/metadata'));
    expect(withoutStatus(ours)).toEqual(withoutStatus(mutate(pod, each).operations));
  });
});

describe('a container of an earlier template', () => {
  const proxy = (more: Json = {}, list = 'containers') =>
    templateOf('proxy', { pod: { spec: { [list]: [{ name: 'proxy', image: 'p:1', args: ['run'], ...more }] } } });
  const custom = amending([{ container: 'proxy', fragment: { ...WHOLE, args: ['--log'] } }]);

  test('gets all of it, once', () => {
    expect(container(worked(app(), proxy(), custom), 1)).toEqual({
      name: 'proxy',
      image: 'p:1',
      ...WHOLE,
      args: ['run', '--log'],
    });
  });

  test('as a native sidecar too, and as an ordinary container where there are none', () => {
    const native = proxy({ restartPolicy: 'Always' }, 'initContainers');
    expect(container(worked(app(), native, custom), 0, 'initContainers')).toMatchObject({
      restartPolicy: 'Always',
      ...WHOLE,
    });
    const state = stateOf([native, custom], { nativeSidecars: false });
    const { operations } = mutatePod(app(), 'shop', state, planInjection, ['proxy', 'z']);
    expect(container(applyStrictly(app(), operations))).toMatchObject({ name: 'proxy', ...WHOLE });
  });

  test('is not what a later template brings', () => {
    expect(
      container(
        worked(app(), amending([{ container: 'late', fragment: WHOLE }]), templateOf('late', { order: 300 })),
        1,
      ),
    ).toEqual({
      name: 'late',
      image: 'registry.test/late:1',
    });
  });

  test.each<[what: string, more: Json, at: string]>([
    ['variable', { env: [{ name: 'AGENT', value: 'off' }] }, 'amend proxy.env AGENT'],
    ['probe', { readinessProbe: { tcpSocket: { port: 1 } } }, 'amend proxy.readinessProbe'],
    ['preStop', { lifecycle: { preStop: { sleep: { seconds: 1 } } } }, 'amend proxy.lifecycle.preStop'],
    ['amount', { resources: { limits: { memory: '1Gi' } } }, 'amend proxy.resources.limits.memory'],
    ['list of arguments that the image alone knows', { args: undefined }, 'amend proxy.args'],
  ])('with another %s is a conflict, never a silent winner', (_what, more, path) => {
    const made = { name: 'proxy', image: 'p:1', args: ['run'], ...more };
    const fragment = Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined));
    const first = templateOf('proxy', { pod: { spec: { containers: [fragment] } } });
    expect(mutate(app(), first, custom)).toMatchObject({
      reason: 'TemplateConflict',
      sentence: expect.stringContaining(`z and an earlier template differ in ${path}`),
    });
  });

  test('amended by two, in their order', () => {
    const second = amending([{ container: 'proxy', fragment: { args: ['--second'], env: [{ name: 'B' }] } }], 'zz', {});
    expect(
      container(
        worked(
          app(),
          proxy(),
          custom,
          templateOf('zz', {
            pod: undefined,
            amend: [{ container: 'proxy', fragment: { args: ['--second'], env: [{ name: 'B' }] } }],
            order: 300,
          }),
        ),
        1,
      ),
    ).toMatchObject({
      args: ['run', '--log', '--second'],
      env: [...WHOLE.env, { name: 'B' }],
    });
    expect(second.pod.amend).toHaveLength(1);
  });
});

test('two templates that differ about a container of the Pod are a conflict', () => {
  const other = templateOf('zz', {
    pod: undefined,
    amend: [{ container: 'app', fragment: { readinessProbe: { exec: { command: ['x'] } } } }],
    order: 300,
  });
  expect(mutate(app(), amending([{ container: '*', fragment: WHOLE }]), other)).toMatchObject({
    reason: 'TemplateConflict',
    sentence: expect.stringMatching(/zz and an earlier template differ in amend app\.readinessProbe$/),
  });
});

test('a mount without its volume never leaves', () => {
  const template = amending([{ container: 'app', fragment: { volumeMounts: [MOUNT] } }], 'z', oneContainer('z'));
  expect(mutate(app(), template)).toMatchObject({
    reason: 'VerificationFailed',
    sentence: expect.stringContaining('container app mounts tmp, which is no volume of the Pod'),
  });
  expect(mutate(podOf({ containers: [{ name: 'other' }] }), template).reason).toBe('Injected');
});

test('what is multiplied is bounded', () => {
  const containers = Array.from({ length: 3_000 }, (_, i) => ({ name: `c${i}`, image: 'x:1' }));
  expect(mutate(podOf({ containers }), amending([{ container: '*', fragment: WHOLE }])).reason).toBe('PatchTooLarge');
});

describe('the proof lets through exactly these operations', () => {
  const plan = planOf(amending([{ container: 'app', fragment: { ...WHOLE, args: ['--agent'] } }]));
  const pod = podOf({ containers: [{ name: 'app', image: 'a:1', args: ['x'], livenessProbe: PROBE }, { name: 'b' }] });
  test.each<[what: string, path: string, value: unknown, stray: boolean]>([
    ['the probe', '0/readinessProbe', PROBE, false],
    ['another probe', '0/readinessProbe', { exec: { command: ['evil'] } }, true],
    ['the probe at another port', '0/readinessProbe', { ...PROBE, httpGet: { path: '/ready', port: 15_022 } }, true],
    ['the probe with more', '0/readinessProbe', { ...PROBE, failureThreshold: 1 }, true],
    ['the probe in the place of another', '0/livenessProbe', PROBE, true],
    ['an argument', '0/args/-', '--agent', false],
    ['another argument', '0/args/-', '--evil', true],
    ['an argument in front', '0/args/0', '--agent', true],
    ['resources', '0/resources', WHOLE.resources, false],
    ['more resources', '0/resources', { limits: { memory: '1Gi' } }, true],
    ['a handler', '0/lifecycle', { preStop: DRAIN }, false],
    ['another handler', '0/lifecycle', { postStart: DRAIN }, true],
    ['into another container', '1/readinessProbe', PROBE, true],
    ['a securityContext', '0/securityContext', { privileged: true }, true],
    ['an image', '0/image', 'evil:1', true],
  ])('%s', (_what, path, value, stray) => {
    const operation: Operation = { op: 'add', path: `/spec/containers/${path}`, value };
    expect(findPatchFault(copyOf(pod), [operation], plan)?.endsWith('which the templates do not name') === true).toBe(
      stray,
    );
  });
});

describe('a template is refused', () => {
  const p = 'spec.amend';
  const one = (fragment: Json, container = 'app', more: Json = {}) => [{ container, fragment, ...more }];
  test.each<[what: string, amend: unknown, fault: string]>([
    ['a map', {}, `${p}: must be a list`],
    ['nothing', [], `${p}: must be a list of 1`],
    [
      'too many',
      Array.from({ length: 33 }, () => ({ container: 'a', fragment: { args: ['x'] } })),
      `${p}: must be a list of 1 to 32`,
    ],
    ['a text', ['app'], `${p}[0]: must be an object`],
    ['no container', [{ fragment: { args: ['x'] } }], `${p}[0].container: is missing`],
    ['a pattern', one({ args: ['x'] }, 'app-*'), `${p}[0].container: must be the name of a container`],
    [
      'an exception of one',
      one({ args: ['x'] }, 'app', { except: ['b'] }),
      `${p}[0].except: makes sense only with container: '*'`,
    ],
    ['no fragment', [{ container: 'app' }], `${p}[0].fragment: is missing or empty`],
    ['an image', one({ image: 'x' }), `${p}[0].fragment.image: unknown field`],
    [
      'a securityContext',
      one({ securityContext: { privileged: true } }),
      `${p}[0].fragment.securityContext: unknown field`,
    ],
    ['ports', one({ ports: [] }), `${p}[0].fragment.ports: unknown field`],
    ['postStart', one({ lifecycle: { postStart: DRAIN } }), `${p}[0].fragment.lifecycle.postStart: unknown field`],
    ['claims', one({ resources: { claims: [] } }), `${p}[0].fragment.resources.claims: unknown field`],
    [
      'a request above its limit',
      one({ resources: { requests: { cpu: 2 }, limits: { cpu: 1 } } }),
      'is more than its limit',
    ],
    ['a probe without a handler', one({ livenessProbe: {} }), `${p}[0].fragment.livenessProbe: has no handler`],
    [
      'a probe of another host',
      one({ livenessProbe: { httpGet: { port: 1, host: 'db' } } }),
      `${p}[0].fragment.livenessProbe.httpGet.host: is not allowed`,
    ],
    ['args for all', one({ args: ['x'] }, '*'), `${p}[0].fragment.args: needs the name of one container`],
    ['args that are numbers', one({ args: [1] }), `${p}[0].fragment.args[0]: must be a string`],
    ['directives', one({ livenessProbe: { $patch: 'delete' } }), 'merge directives are not allowed here'],
    ['null', one({ livenessProbe: null }), 'null is not allowed'],
  ])('with %s', (_what, amend, fault) => {
    expect(() => templateOf('t', { amend })).toThrow(fault);
  });
});

test('a template does not amend its own container', () => {
  expect(() => templateOf('t', { amend: [{ container: 't', fragment: { args: ['x'] } }] })).toThrow(
    'spec.amend[0].container: t is a container of this template: write it there',
  );
});

describe('with parameters', () => {
  const parameters = [
    { name: 'port', type: 'port', default: 80 },
    { name: 'volume', type: 'dnsLabel', default: 'tmp' },
    { name: 'debug', type: 'boolean', default: false },
  ];
  const asking = (name: string, value: string) =>
    app({ args: ['x'] }, { annotations: { [`parameters.outrigger.dev/${name}`]: value } });

  test('it is rendered', () => {
    const template = amending(
      [
        {
          container: 'app',
          fragment: { readinessProbe: { tcpSocket: { port: { $eval: 'port' } } }, args: ['--port=${port}'] },
        },
      ],
      'z',
      VOLUMES,
      { parameters },
    );
    expect(container(worked(asking('port', '90'), template))).toMatchObject({
      readinessProbe: { tcpSocket: { port: 90 } },
      args: ['x', '--port=90'],
    });
  });

  test.each<[what: string, amend: Json, name: string, value: string]>([
    [
      'another volume',
      { container: 'app', fragment: { volumeMounts: [{ ...MOUNT, name: '${volume}' }] } },
      'volume',
      'data',
    ],
    [
      'a mount that may be written',
      { container: 'app', fragment: { volumeMounts: [{ ...MOUNT, readOnly: { $eval: '!debug' } }] } },
      'debug',
      'true',
    ],
    [
      'a mount into more containers',
      { $if: 'debug', then: { container: '*', fragment: { volumeMounts: [MOUNT] } } },
      'debug',
      'true',
    ],
  ])('no value of a Pod makes %s', (_what, entry, name, value) => {
    const amend = [{ container: 'app', fragment: { env: WHOLE.env } }, entry];
    expect(mutate(asking(name, value), amending(amend, 'z', VOLUMES, { parameters }))).toMatchObject({
      reason: 'PrivilegeRaised',
    });
  });

  test('nor a mount that is another container’s by default', () => {
    const mounting = (container: string) => ({ container, fragment: { volumeMounts: [MOUNT] } });
    const amend = [mounting('other'), { $if: 'debug', then: mounting('app') }];
    expect(mutate(asking('debug', 'true'), amending(amend, 'z', VOLUMES, { parameters }))).toMatchObject({
      reason: 'PrivilegeRaised',
    });
  });

  test.each([
    [{ container: '${volume}', fragment: WHOLE }, 'spec.amend[0].container: must be written out'],
    [{ container: '*', except: ['${volume}'], fragment: WHOLE }, 'spec.amend[0].except: must be written out'],
    [
      { container: { $if: 'debug', then: 'a', else: 'b' }, fragment: WHOLE },
      'spec.amend[0].container: must be written out',
    ],
  ])('whom it is for cannot vary', (entry, fault) => {
    expect(() => amending([entry], 'z', VOLUMES, { parameters })).toThrow(fault);
  });
});

test('a policy cannot say it, and the export names the path', () => {
  expect(findUnexportable(amending([{ container: 'app', fragment: WHOLE }])).map(({ path }) => path)).toEqual([
    'spec.amend[0]',
  ]);
});

test('lint looks at it', () => {
  const amend = [
    {
      container: 'app',
      fragment: {
        env: [{ name: 'DB_PASSWORD', value: 'hunter2hunter2' }],
        volumeMounts: [{ name: 'gone', mountPath: '/x' }],
        livenessProbe: { exec: { comand: ['x'] } },
      },
    },
  ];
  expect(lintTemplate(templateDocument('t', { amend })).findings.map(({ rule, path }) => `${rule} ${path}`)).toEqual(
    expect.arrayContaining([
      'literal-secret spec.amend[0].fragment.env[0].value',
      'mount-without-volume spec.amend[0].fragment.volumeMounts[0]',
      'field-name spec.amend[0].fragment.livenessProbe.exec.comand',
    ]),
  );
});

describe('whatever the Pod and the amendments', () => {
  const words = fc.constantFrom('app', 'web', 'setup', 'proxy');
  const own = fc.record(
    {
      args: fc.array(fc.constantFrom('a', 'b', '-v'), { maxLength: 4 }),
      command: fc.constant(['run']),
      env: fc
        .uniqueArray(fc.constantFrom('AGENT', 'B', 'C'), { maxLength: 3 })
        .map((names) => names.map((name) => ({ name, value: 'mine' }))),
      readinessProbe: fc.constantFrom(PROBE, { tcpSocket: { port: 1 } }, null),
      lifecycle: fc.constantFrom({ postStart: DRAIN }, { preStop: { sleep: { seconds: 1 } } }, {}),
      resources: fc.constantFrom({ limits: { cpu: '1' } }, { requests: { memory: '1Mi' } }, {}, null),
      restartPolicy: fc.constant('Always'),
    },
    { requiredKeys: [] },
  );
  const pods = fc
    .record({
      names: fc.uniqueArray(
        words.filter((w) => w !== 'proxy'),
        { minLength: 1 },
      ),
      parts: fc.array(own, { minLength: 4, maxLength: 4 }),
      inits: fc.nat(2),
    })
    .map(({ names, parts, inits }) => {
      const all = names.map((name, i) => ({ name, image: 'x:1', ...parts[i] }));
      const plain = (list: typeof all) => list.map(({ restartPolicy: _policy, ...rest }) => rest);
      return podOf({
        initContainers: all.slice(0, Math.min(inits, all.length - 1)),
        containers: plain(all.slice(Math.min(inits, all.length - 1))),
      });
    });
  const fragments = fc
    .record(
      {
        env: fc.constant(WHOLE.env),
        readinessProbe: fc.constant(PROBE),
        lifecycle: fc.constant(WHOLE.lifecycle),
        resources: fc.constant(WHOLE.resources),
        args: fc.array(fc.constantFrom('a', '-v'), { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    )
    .filter((fragment) => Object.keys(fragment).length > 0);
  const amendments = fc.array(fc.record({ container: words, fragment: fragments }), { minLength: 1, maxLength: 4 });

  test('the patch applies, a second injection finds nothing, and what the Pod says stays', () => {
    const proxy = templateOf('proxy', {
      pod: { spec: { containers: [{ name: 'proxy', image: 'p:1', command: ['p'] }] } },
    });
    fc.assert(
      fc.property(pods, amendments, (pod, amend) => {
        const templates = [proxy, amending(amend)];
        const outcome = mutate(pod, ...templates);
        expect(outcome.reason).toBe('Injected');
        const done = applyStrictly(pod, outcome.operations);
        expect(mutate(done, ...templates)).toMatchObject({ reason: 'AlreadyInjected', operations: [] });
        for (const list of ['initContainers', 'containers']) {
          const before = at(pod, 'spec', list);
          for (const [i, live] of (Array.isArray(before) ? before : []).entries()) {
            const { args = [], resources: _resources, lifecycle, env, readinessProbe, ...rest } = live;
            const after = container(done, i, list);
            expect(after).toMatchObject({
              ...rest,
              ...(lifecycle && { lifecycle }),
              ...(readinessProbe && { readinessProbe }),
            });
            expect((at(after, 'args') as unknown[] | undefined)?.slice(0, args.length) ?? []).toEqual(args);
            expect((at(after, 'env') as unknown[] | undefined)?.slice(0, env?.length ?? 0) ?? []).toEqual(env ?? []);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
