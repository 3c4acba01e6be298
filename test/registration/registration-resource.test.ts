import { beforeEach, describe, expect, test } from 'vitest';
import { type ClusterApi, ClusterApiError } from '../../functions/kube-api/cluster-api.ts';
import { EksError } from '../../functions/kube-api/eks-error.ts';
import type { ResourceWork } from '../../functions/registration/custom-resource/custom-resource.ts';
import {
  createRegistrationResource,
  type RegistrationTools,
} from '../../functions/registration/custom-resource/registration-resource.ts';
import {
  parseResourceRequest,
  type ResourceRequest,
} from '../../functions/registration/custom-resource/resource-request.ts';
import { createMemoryKeyStore } from '../../functions/registration/keys/memory-key-store.ts';
import { generatePathTokenKeys } from '../../functions/registration/keys/mint-path-token.ts';
import { PLACES } from '../../functions/registration/objects/registered-objects.ts';
import { createMemoryRecordStore } from '../../functions/registration/record/memory-record-store.ts';
import type { RecordDocument } from '../../functions/registration/record/record-store.ts';
import { createMemoryStore } from '../../functions/template-store/memory-store.ts';
import { createMemoryCluster, type MemoryCluster } from '../support/memory-cluster.ts';
import { resourceEvent } from '../support/resource-events.ts';

const { privateJwk } = await generatePathTokenKeys('k1');
const signal = new AbortController().signal;
const refusals = {
  iam: new EksError('Refused', 'EKS refuses'),
  unknown: new ClusterApiError(401, 'Unauthorized', 'Unauthorized'),
  forbidden: new ClusterApiError(403, 'Forbidden', 'may not'),
};

let cluster: MemoryCluster;
let records: Map<string, RecordDocument>;
let waits: number[];
let said: string[];
let opened: number;
beforeEach(() => {
  cluster = createMemoryCluster();
  records = new Map();
  [waits, said, opened] = [[], [], 0];
});

function work(openCluster: RegistrationTools['openCluster'], fleet = 'shop'): ResourceWork {
  const parsed = createRegistrationResource({
    openStores: () => ({
      records: createMemoryRecordStore(records),
      keys: createMemoryKeyStore({ generation: 1, privateKeys: [privateJwk] }),
      templates: createMemoryStore(),
    }),
    openCluster,
    probe: async () => undefined,
    now: Date.now,
    wait: async (ms) => void waits.push(ms),
    say: (line) => void said.push(line),
  })({ Fleet: fleet, Cluster: 'eu-1', Endpoint: 'https://api.example', CompanionPolicy: 'None' });
  return parsed.valid ? parsed.value : expect.fail(JSON.stringify(parsed.faults));
}

function request(type: 'Create' | 'Update' | 'Delete', more: object = {}): ResourceRequest {
  const parsed = parseResourceRequest(resourceEvent(type, 'https://x.example', more));
  return parsed.valid ? parsed.value : expect.fail(JSON.stringify(parsed.faults));
}

describe('an access entry that counts only later:', () => {
  /** Refuses so many times, where it opens or where it is read first. */
  function refusing(times: number, error: Error): RegistrationTools['openCluster'] {
    return async (): Promise<ClusterApi> => {
      opened++;
      if (opened > times) return cluster;
      if (error instanceof EksError) throw error;
      return { ...cluster, get: () => Promise.reject(error) };
    };
  }

  test.each(Object.entries(refusals))('%s: it is tried again, opened anew each time', async (_, error) => {
    expect(await work(refusing(3, error)).ensure(request('Create'), signal)).toEqual({ Epoch: '1' });
    expect([opened, waits]).toEqual([4, [5_000, 5_000, 5_000]]);
    expect(said.filter((line) => line.includes('access entry'))).toHaveLength(1);
    expect(cluster.objects.has(PLACES.webhook.path)).toBe(true);
  });

  test('a refusal for good is said after a minute, as it is', async () => {
    await expect(work(refusing(99, refusals.unknown)).ensure(request('Create'), signal)).rejects.toBe(refusals.unknown);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(60_000);
  });

  test('other troubles, and Delete, do not wait', async () => {
    const gone = new EksError('Gone', 'there is no EKS cluster eu-1');
    await expect(work(refusing(99, gone)).ensure(request('Create'), signal)).rejects.toBe(gone);
    expect(await work(refusing(99, refusals.iam)).remove(request('Delete'), signal)).toMatch(/^nothing had been/);
    expect(waits).toEqual([]);
  });
});

test('Delete after the fleet was changed leaves the registration of the new one', async () => {
  const open = async (): Promise<ClusterApi> => cluster;
  await work(open).ensure(request('Create'), signal);
  records = new Map();
  await work(open, 'next').ensure(request('Update'), signal);
  records = new Map();
  expect(await work(open).remove(request('Delete'), signal)).toMatch(
    /another fleet or cluster name; it was left alone$/,
  );
  expect(cluster.objects.has(PLACES.webhook.path)).toBe(true);
});
