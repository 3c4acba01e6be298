import type { ClusterRecord } from '../../cluster-record/cluster-record.ts';
import type { Templates } from './cached-channels.ts';

/** All that a decision needs of the store for one Kubernetes cluster. */
export interface FleetState {
  /** The name of the Kubernetes cluster. */
  readonly cluster: string;
  readonly record: ClusterRecord;
  /** The templates of the record's channel, by name. */
  readonly templates: Templates;
  /** Those of its next channel; undefined where it names none with a share, that matters not, or cannot be read. */
  readonly nextTemplates?: Templates;
  /** Set when the store has not been read yet and something of this is the snapshot's. */
  readonly isSnapshot?: true;
  /** Absent: `default`. */
  readonly fleet?: string;
}
