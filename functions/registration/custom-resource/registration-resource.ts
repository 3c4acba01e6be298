import type { ClusterApi } from '../../kube-api/cluster-api.ts';
import { isGone } from '../../kube-api/cluster-failure.ts';
import { registerCluster } from '../register-cluster.ts';
import {
  type RegistrarTools,
  RegistrationError,
  type RegistrationReport,
  type RegistrationSpec,
  type RegistrationTarget,
} from '../registrar.ts';
import { readRegistration } from '../registration-record.ts';
import { unregisterCluster } from '../unregister-cluster.ts';
import { waitForAccess } from '../wait-for-access.ts';
import type { CustomResource, ResourceWork } from './custom-resource.ts';
import { parseRegistration } from './registration-properties.ts';
import { isClosed, isOfAnother, withClaim, withoutClaim } from './resource-claim.ts';
import { reasonOf } from './resource-reason.ts';

/** What the resource reaches the world through. */
export interface RegistrationTools extends Pick<RegistrarTools, 'probe' | 'now' | 'wait' | 'say'> {
  /** Where a fleet keeps what it knows. */
  readonly openStores: (fleet: string) => Pick<RegistrarTools, 'records' | 'keys' | 'templates'>;
  /** Rejects with what `isGone` knows when there is no such Kubernetes cluster any more. */
  readonly openCluster: (name: string, signal: AbortSignal) => Promise<ClusterApi>;
}

/**
 * The custom resource of one Kubernetes cluster's registration. Requests may be delivered twice, late and at the same
 * time in other environments, so which of them holds stands in the cluster record, as a claim (`resource-claim.ts`):
 * Create writes it first and looks at it again last; Delete closes it before it removes anything. So a Delete that
 * comes while Create runs leaves nothing behind, and a Delete of a resource that was replaced leaves the new one alone.
 */
export function createRegistrationResource(tools: RegistrationTools): CustomResource {
  return (properties) => {
    const parsed = parseRegistration(properties);
    return parsed.valid ? { valid: true, value: workOn(parsed.value) } : parsed;
  };

  function workOn(spec: RegistrationSpec): ResourceWork {
    const { fleet, cluster } = spec;
    const stores = tools.openStores(fleet);
    return {
      physicalId: `outrigger-registration-${fleet}-${cluster}`,
      async ensure(request, signal) {
        const { records } = stores;
        if (isClosed(await records.readRecord(cluster, signal), request)) throw closed();
        await records.updateRecord(cluster, (record) => withClaim(record, request), signal);
        const api = await waitForAccess(() => tools.openCluster(cluster, signal), tools, signal);
        // A deployment restores what its template declares, also where it was changed in the cluster.
        const options = { force: true, dryRun: false };
        const { epoch, warnings } = await registerCluster(spec, { ...stores, ...tools, api }, options, signal);
        for (const warning of warnings) tools.say(warning);
        if (isClosed(await records.readRecord(cluster, signal), request)) {
          await unregisterCluster(spec, { ...tools, records, api }, { removeRecord: false }, signal);
          throw closed();
        }
        return { Epoch: String(epoch) };
      },
      async remove(request, signal) {
        const record = await stores.records.readRecord(cluster, signal);
        if (isOfAnother(record, request)) return 'another resource registers this cluster now; nothing was deleted';
        if (record !== undefined) {
          await stores.records.updateRecord(cluster, (stored) => withoutClaim(stored, request), signal);
        }
        try {
          return await unregister({ fleet, cluster }, signal);
        } catch (error) {
          // The record is written before anything is applied.
          if (readRegistration(record) !== undefined) throw error;
          return `nothing had been registered, and the cluster could not be asked: ${reasonOf(error)}`;
        }
      },
    };
  }

  async function unregister(target: RegistrationTarget, signal: AbortSignal): Promise<string> {
    const more = { ...tools, records: tools.openStores(target.fleet).records };
    const options = { removeRecord: false };
    const api = await unlessGone(tools.openCluster(target.cluster, signal));
    if (api !== undefined) {
      const done = await unlessGone(unregisterCluster(target, { ...more, api }, options, signal));
      if (done !== undefined) return outcomeOf(done);
    }
    await unregisterCluster(target, more, options, signal);
    return 'the Kubernetes cluster is gone, and with it the registration';
  }
}

function outcomeOf({ changes, warnings: [warning] }: RegistrationReport): string {
  return changes.length > 0 ? 'the registration is removed' : (warning ?? 'nothing was registered');
}

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function closed(): RegistrationError {
  return new RegistrationError('it was deleted while it was being made, and is not there');
}
