import { describe, expect, test } from 'vitest';
import { isBroughtByPod } from '../../functions/kubernetes/ownership.ts';
import { managedFields, podOf } from '../support/pods.ts';

const LISTED = managedFields({ containers: ['app'], volumes: ['data'] });

describe('who brought an element', () => {
  test.each<[sentence: string, fields: unknown, path: string, element: unknown, brought: boolean]>([
    ['a container of the request', LISTED, '/spec/containers', { name: 'app' }, true],
    ['a container that a webhook added', LISTED, '/spec/containers', { name: 'proxy' }, false],
    ['a volume of the request', LISTED, '/spec/volumes', { name: 'data' }, true],
    ['a volume that a webhook added', LISTED, '/spec/volumes', { name: 'proxy' }, false],
    ['a container of another list', LISTED, '/spec/initContainers', { name: 'app' }, false],
    ['an element without a name is the Pod’s', LISTED, '/spec/hostAliases', { ip: '10.0.0.1' }, true],
    ['no managedFields: all is the Pod’s', undefined, '/spec/containers', { name: 'proxy' }, true],
    ['managedFields reset by the client: all is the Pod’s', [], '/spec/containers', { name: 'proxy' }, true],
    [
      'one of several managers is enough',
      [...managedFields({ containers: ['x'] }), ...LISTED],
      '/spec/containers',
      { name: 'app' },
      true,
    ],
    [
      'an entry without fields says nothing',
      [{ manager: 'x' }, null, 7, { fieldsV1: 'x' }],
      '/spec/containers',
      { name: 'proxy' },
      false,
    ],
    [
      'a name with quotes is written as in JSON',
      managedFields({ containers: ['a"b'] }),
      '/spec/containers',
      { name: 'a"b' },
      true,
    ],
    ['an inherited key is not there', [{ fieldsV1: {} }], '/constructor', { name: 'app' }, false],
  ])('%s', (_sentence, fields, path, element, brought) => {
    expect(isBroughtByPod(podOf({}, { managedFields: fields }), path, element)).toBe(brought);
  });
});
