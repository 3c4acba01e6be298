import { expect, test } from 'vitest';
import { Check } from '../../functions/json/check.ts';
import { checkContainerShape } from '../../functions/template/parse/container-shape.ts';

test.each<[string, Record<string, unknown>, string[]]>([
  ['an env without name', { env: [{ value: 'x' }] }, ['c.env[0].name']],
  ['a port that is a text', { ports: [{ containerPort: '80' }] }, ['c.ports[0].containerPort']],
  ['a port of 0', { ports: [{ containerPort: 0 }] }, ['c.ports[0].containerPort']],
  ['a port of 65536', { ports: [{ containerPort: 65_536 }] }, ['c.ports[0].containerPort']],
  ['a port without number', { ports: [{ name: 'http' }] }, ['c.ports[0].containerPort']],
  [
    'a request above its limit',
    { resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1100m', memory: '1024Mi' } } },
    ['c.resources.requests.cpu'],
  ],
  ['a mount without path', { volumeMounts: [{ name: 'v' }] }, ['c.volumeMounts[0].mountPath']],
  [
    'two mounts of one path',
    {
      volumeMounts: [
        { name: 'v', mountPath: '/a' },
        { name: 'w', mountPath: '/a' },
      ],
    },
    ['c.volumeMounts[1].mountPath'],
  ],
])('%s is refused', (_case, container, paths) => {
  const check = new Check();
  checkContainerShape(check, container, 'c');
  expect(check.faults.map((f) => f.path)).toEqual(paths);
});

test('what Kubernetes accepts is accepted, an empty and a multi-line text among it', () => {
  const check = new Check();
  const container = {
    command: ['sh', '-c', 'a\nb', ''],
    env: [{ name: 'A' }, { name: 'B', value: '' }, { name: 'C', valueFrom: { fieldRef: { fieldPath: 'x' } } }],
    ports: [{ containerPort: 53, protocol: 'UDP' }, { containerPort: 53 }],
    resources: { limits: { cpu: '1' }, requests: { cpu: '1000m', memory: '9Gi' }, claims: [{ name: 'gpu' }] },
    volumeMounts: [
      { name: 'v', mountPath: '/a' },
      { name: 'v', mountPath: '/b' },
    ],
  };
  checkContainerShape(check, container, 'c');
  expect(check.faults).toEqual([]);
});
