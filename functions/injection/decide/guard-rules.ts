import { MIRROR } from '../annotations.ts';
import type { Guard } from './rule.ts';

/** Namespaces of Kubernetes itself, whose Pods are never touched. */
export const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease'];

/**
 * Row 0 of the table in rules.ts: what is left alone before any template or record is read. What is not ours comes first,
 * so that a fault of ours can never hit it (dapr/dapr#3699).
 */
export const GUARD_ROWS = [
  {
    sentence: 'only v1 Pods are injected',
    when: {
      not: {
        all: [
          { request: 'kind.group', is: '' },
          { request: 'kind.version', is: 'v1' },
          { request: 'kind.kind', is: 'Pod' },
          { request: 'resource.group', is: '' },
          { request: 'resource.resource', is: 'pods' },
        ],
      },
    },
    outcome: { skip: 'NotAPod' },
  },
  {
    sentence: 'requests for a subresource of a Pod are left alone',
    when: { not: { request: 'subResource', is: '' } },
    outcome: { skip: 'Subresource' },
  },
  {
    sentence: 'Pods are injected when they are created, never later',
    when: { not: { request: 'operation', is: 'CREATE' } },
    outcome: { skip: 'NotCreate' },
  },
  {
    sentence: 'the request carries no object',
    when: { not: { object: 'present' } },
    outcome: { skip: 'NoObject' },
  },
  {
    sentence: 'Pods of kube-system, kube-public and kube-node-lease are never injected',
    when: { namespaceIn: SYSTEM_NAMESPACES },
    outcome: { skip: 'SystemNamespace' },
  },
  {
    sentence: 'mirror Pods of static Pods are never injected',
    when: { annotationPresent: MIRROR },
    outcome: { skip: 'MirrorPod' },
    cel: 'not-a-mirror-pod',
  },
] as const satisfies readonly Guard<string>[];
