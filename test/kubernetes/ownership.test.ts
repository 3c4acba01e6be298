import { describe, expect, test } from 'vitest';
import {
  AbridgedPodError,
  fieldsBroughtByPod,
  isBroughtByPod,
  isKeyBroughtByPod,
  isPartBroughtByPod,
  markAbridged,
} from '../../functions/kubernetes/ownership.ts';
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

/** The fields that one manager set of the container `app`. */
const ofApp = (fields: unknown) => [{ fieldsV1: { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': fields } } } }];
const APP = { name: 'app' };

describe('which part of an element was in the request', () => {
  const port = (containerPort: number, more: object = {}) => ({ field: 'ports', element: { containerPort, ...more } });
  const PORTS = { 'f:ports': { '.': {}, 'k:{"containerPort":80,"protocol":"TCP"}': {} } };
  test.each<[what: string, fields: unknown, part: Parameters<typeof isPartBroughtByPod>[3], brought: boolean]>([
    ['no managedFields', undefined, { field: 'env' }, true],
    ['a field', ofApp({ 'f:image': {} }), { field: 'image' }, true],
    ['another field', ofApp({ 'f:image': {} }), { field: 'env' }, false],
    ['an element of which the fields say nothing', ofApp({}), { field: 'env' }, true],
    ['a field that is no map', ofApp({ 'f:env': 'x' }), { field: 'env', element: { name: 'A' } }, true],
    [
      'a list of which no keys are told',
      ofApp({ 'f:env': { '.': {} } }),
      { field: 'env', element: { name: 'A' } },
      true,
    ],
    ['an element', ofApp({ 'f:env': { 'k:{"name":"A"}': {} } }), { field: 'env', element: { name: 'A' } }, true],
    ['another element', ofApp({ 'f:env': { 'k:{"name":"A"}': {} } }), { field: 'env', element: { name: 'B' } }, false],
    ['the list as a whole', ofApp({ 'f:env': { 'k:{"name":"A"}': {} } }), { field: 'env' }, true],
    ['an element with the key’s default', ofApp(PORTS), port(80), true],
    ['an element with the key in full', ofApp(PORTS), port(80, { protocol: 'TCP' }), true],
    ['an element with another half of the key', ofApp(PORTS), port(80, { protocol: 'UDP' }), false],
    ['an element without the key', ofApp({ 'f:env': { 'k:{"name":"A"}': {} } }), { field: 'env', element: {} }, false],
    [
      'a key of no form that we know',
      ofApp({ 'f:env': { 'k:[1]': {} } }),
      { field: 'env', element: { name: 'A' } },
      true,
    ],
    ['a key that is no JSON', ofApp({ 'f:env': { 'k:{': {} } }), { field: 'env', element: { name: 'A' } }, true],
    ['one of two managers', [...ofApp({ 'f:env': {} }), ...ofApp({ 'f:image': {} })], { field: 'image' }, true],
  ])('%s', (_what, managed, part, brought) => {
    expect(isPartBroughtByPod(podOf({}, { managedFields: managed }), '/spec/containers', APP, part)).toBe(brought);
  });
});

test('the fields of an element are those of all managers; undefined where that cannot be told', () => {
  const fieldsOf = (managed: unknown, element: object = APP) =>
    fieldsBroughtByPod(podOf({}, { managedFields: managed }), '/spec/containers', element);
  const both = [...ofApp({ '.': {}, 'f:image': {} }), ...ofApp({ 'f:env': {}, 'f:image': {} })];
  expect(fieldsOf(both)).toEqual(new Set(['.', 'image', 'env']));
  expect(fieldsOf(both, { name: 'x' })).toEqual(new Set());
  expect(fieldsOf(ofApp('x'))).toEqual(new Set());
  expect(fieldsOf(both, {})).toBeUndefined();
  expect(fieldsOf([])).toBeUndefined();
});

test('a key of a map is the request’s, or a webhook’s; undefined where that cannot be told', () => {
  const isBrought = (managed: unknown, key: string) =>
    isKeyBroughtByPod(podOf({}, { managedFields: managed }), '/metadata/labels', key);
  const labelled = [{ fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {} } } } }];
  expect(isBrought(labelled, 'a')).toBe(true);
  expect(isBrought(labelled, 'b')).toBe(false);
  expect(isBrought(undefined, 'a')).toBeUndefined();
});

test('an abridged Pod does not tell, whatever is asked; other things cannot be abridged', () => {
  const pod = podOf({}, { managedFields: 'omitted' });
  expect(isBroughtByPod(pod, '/spec/containers', APP)).toBe(true);
  markAbridged(pod);
  markAbridged(null);
  const asked = [
    () => isBroughtByPod(pod, '/spec/containers', APP),
    () => fieldsBroughtByPod(pod, '/spec/containers', APP),
    () => isPartBroughtByPod(pod, '/spec/containers', APP, { field: 'env' }),
    () => isKeyBroughtByPod(pod, '/metadata/labels', 'a'),
  ];
  for (const ask of asked) expect(ask).toThrow(AbridgedPodError);
});
