import { describe, expect, test } from 'vitest';
import { guardRequest } from '../../functions/injection/decide/guards.ts';
import { podOf } from '../support/pods.ts';
import { requestOf } from '../support/reviews.ts';

const MIRROR = { annotations: { 'kubernetes.io/config.mirror': 'abc' } };
const pods = (more: Record<string, unknown>) => ({ resource: { group: '', version: 'v1', resource: 'pods' }, ...more });

describe('guards that need neither record nor template', () => {
  test.each<[who: string, object: unknown, request: Record<string, unknown>, reason: string | undefined]>([
    ['a Pod on create passes', podOf(), {}, undefined],
    ['a Pod without a name passes, as every Pod of a Deployment', podOf({}, { name: undefined }), {}, undefined],
    ['a Deployment', {}, { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } }, 'NotAPod'],
    ['a Pod of another group', podOf(), { kind: { group: 'x.io', version: 'v1', kind: 'Pod' } }, 'NotAPod'],
    ['a Pod of a later version', podOf(), { kind: { group: '', version: 'v2', kind: 'Pod' } }, 'NotAPod'],
    ['a Binding', podOf(), { kind: { group: '', version: 'v1', kind: 'Binding' } }, 'NotAPod'],
    [
      'the resource is not pods',
      podOf(),
      { resource: { group: '', version: 'v1', resource: 'podtemplates' } },
      'NotAPod',
    ],
    ['pods of another group', podOf(), { resource: { group: 'x.io', version: 'v1', resource: 'pods' } }, 'NotAPod'],
    ...['ephemeralcontainers', 'resize', 'status', 'binding', 'exec', 'eviction'].map(
      (subResource): [string, unknown, Record<string, unknown>, string] => [
        `subresource ${subResource}`,
        podOf(),
        pods({ subResource, operation: 'UPDATE' }),
        'Subresource',
      ],
    ),
    ...['UPDATE', 'DELETE', 'CONNECT', 'PATCH', 'create', ''].map(
      (operation): [string, unknown, Record<string, unknown>, string] => [
        `operation ${JSON.stringify(operation)}`,
        podOf(),
        { operation },
        'NotCreate',
      ],
    ),
    ['object null', null, {}, 'NoObject'],
    ['object absent', undefined, {}, 'NoObject'],
    ['object a list', [podOf()], {}, 'NoObject'],
    ['object a string', 'Pod', {}, 'NoObject'],
    ['namespace kube-system', podOf(), { namespace: 'kube-system' }, 'SystemNamespace'],
    ['namespace kube-public', podOf(), { namespace: 'kube-public' }, 'SystemNamespace'],
    ['namespace kube-node-lease', podOf(), { namespace: 'kube-node-lease' }, 'SystemNamespace'],
    ['namespace kube-systems is an ordinary one', podOf(), { namespace: 'kube-systems' }, undefined],
    ['a mirror Pod', podOf({}, MIRROR), {}, 'MirrorPod'],
    [
      'a mirror annotation without a value',
      podOf({}, { annotations: { 'kubernetes.io/config.mirror': '' } }),
      {},
      'MirrorPod',
    ],
    ['the mirror key as a label means nothing', podOf({}, { labels: MIRROR.annotations }), {}, undefined],
    ['annotations null', podOf({}, { annotations: null }), {}, undefined],
  ])('%s', (_who, object, request, reason) => {
    expect(guardRequest(requestOf(object, request))).toBe(reason);
  });

  test('the namespace of the request counts, not the one that the object writes', () => {
    const forged = podOf({}, { namespace: 'kube-system' });
    expect(guardRequest(requestOf(forged, { namespace: 'shop' }))).toBeUndefined();
    expect(guardRequest(requestOf(podOf({}, { namespace: 'shop' }), { namespace: 'kube-system' }))).toBe(
      'SystemNamespace',
    );
  });
});
