import { createHash } from 'node:crypto';
import { type ClusterRecord, parseClusterRecord } from '../../cluster-record/cluster-record.ts';
import { ConfigError } from '../../errors.ts';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { parseTemplate } from '../../template/parse/parse-template.ts';
import type { Template } from '../../template/template.ts';

/** What a snapshot holds: the documents that each channel serves, and the cluster records. */
export interface SnapshotContent {
  readonly channels: Readonly<
    Record<string, readonly { readonly name: string; readonly version: string; readonly document: unknown }[]>
  >;
  readonly records: Readonly<Record<string, unknown>>;
}

/** A snapshot of the store inside the bundle: what is served until the store has been read for the first time. */
export interface Snapshot {
  /** The templates of a channel, by name; undefined when the snapshot does not hold the channel. */
  templates(channel: string): ReadonlyMap<string, Template> | undefined;
  /** The record of a Kubernetes cluster; undefined when it is not there: then nothing may be assumed of the cluster. */
  record(cluster: string): ClusterRecord | undefined;
  /** The names of the Kubernetes clusters that it has records of. */
  readonly clusters: readonly string[];
}

/** The text of a snapshot; the checksum is the SHA-256 of its content as JSON. */
export function writeSnapshot(content: SnapshotContent): string {
  return `${JSON.stringify({ checksum: checksumOf(content), content }, null, 2)}\n`;
}

/**
 * Reads what `writeSnapshot` wrote. Throws ConfigError when it has been changed since: templates that were never published
 * must not be served. A document in it that does not parse is left out.
 */
export function readSnapshot(text: string): Snapshot {
  const content = contentOf(text);
  const channels = content['channels'];
  const records = content['records'];
  return {
    clusters: isRecord(records) ? Object.keys(records) : [],
    templates(channel) {
      const stored: unknown = isRecord(channels) ? own(channels, channel) : undefined;
      if (!Array.isArray(stored)) return undefined;
      const templates = stored.flatMap((item: unknown): [string, Template][] => {
        const { version, document } = isRecord(item) ? item : {};
        const parsed = parseTemplate(document, String(version));
        return parsed.valid ? [[parsed.value.name, parsed.value]] : [];
      });
      return new Map(templates);
    },
    record(cluster) {
      const document = isRecord(records) ? own(records, cluster) : undefined;
      const parsed = document === undefined ? undefined : parseClusterRecord(document);
      return parsed?.valid === true ? parsed.value : undefined;
    },
  };
}

function contentOf(text: string): Readonly<Record<string, unknown>> {
  let snapshot: unknown;
  try {
    snapshot = JSON.parse(text);
  } catch {
    throw new ConfigError('the snapshot is not JSON; write it again with: outrigger template snapshot');
  }
  const { checksum, content } = isRecord(snapshot) ? snapshot : {};
  if (!isRecord(content) || checksum !== checksumOf(content)) {
    throw new ConfigError(
      'the checksum of the snapshot does not match; write it again with: outrigger template snapshot',
    );
  }
  return content;
}

function checksumOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
