import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isRecord } from '../../../functions/json/faults.ts';
import { readIfThere, writePrivately } from './private-file.ts';

/** What a running gateway tells about itself in `<state-dir>/local.json`. */
export interface LocalEndpoint {
  readonly url: string;
  /** The URL to register with a cluster; its last segment is a token. */
  readonly webhookUrl: string;
  /** Where the release API begins. */
  readonly apiUrl: string;
  /** Where Envoy asks: `{discoveryUrl}:listeners` and so on. */
  readonly discoveryUrl: string;
  /** The authority to trust, in PEM; only with HTTPS. */
  readonly caFile?: string;
  readonly pid: number;
}

/** Publishes where the gateway listens; readers never see half a file. */
export async function writeLocalEndpoint(stateDir: string, endpoint: LocalEndpoint): Promise<void> {
  await writePrivately(join(stateDir, 'local.json'), `${JSON.stringify(endpoint, null, 2)}\n`);
}

/** Takes the publication back, unless another gateway has made it its own since. */
export async function removeLocalEndpoint(stateDir: string, pid: number): Promise<void> {
  const current = await readLocalEndpoint(stateDir);
  if (current?.pid === pid) await rm(join(stateDir, 'local.json'), { force: true });
}

/** The endpoint that a gateway published; undefined when none did, or the file is not one of ours. */
export async function readLocalEndpoint(stateDir: string): Promise<LocalEndpoint | undefined> {
  const text = await readIfThere(join(resolve(stateDir), 'local.json'));
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return isEndpoint(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEndpoint(value: unknown): value is LocalEndpoint {
  if (!isRecord(value)) return false;
  return (
    ['url', 'webhookUrl', 'apiUrl', 'discoveryUrl'].every((k) => typeof value[k] === 'string') &&
    typeof value['pid'] === 'number'
  );
}
