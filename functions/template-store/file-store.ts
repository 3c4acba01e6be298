import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, parse as parsePath } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { unlessAbsent } from '../absent-file.ts';
import { CHANNEL_DEFAULT } from '../cluster-record/cluster-record.ts';
import { own } from '../json/check.ts';
import { describeFaults, isRecord } from '../json/faults.ts';
import { readTemplateSource } from '../template/source.ts';
import {
  HISTORY_MAX,
  RECORDS_AHEAD_MAX,
  type StoredTemplate,
  type TemplateHistory,
  type TemplateStore,
  versionsToTry,
} from './store.ts';

/** Templates whose earlier versions are remembered. */
const NAMES_REMEMBERED_MAX = 1_000;
const EXTENSIONS = ['.yaml', '.yml', '.json'];
/** What reading one file may meet without the folder being at fault. */
const FILE_FAULTS = ['EISDIR', 'ENOENT', 'EACCES', 'ELOOP'];

/** The folders of a file store. */
export interface FileStoreFolders {
  /**
   * One template source in each `*.yaml`, `*.yml` or `*.json`; the file's name is the template's. What another channel
   * than `stable` serves lies in the folder `channels/{channel}` in it; without a folder `channels` all serve the same.
   */
  readonly templates: string;
  /** One cluster record in each `{cluster}.yaml`; a missing folder holds none. */
  readonly clusters?: string;
}

/**
 * A folder of template sources, read again at every call: the store of `npm start` and of the command line. What is in
 * the folder is served, and the version is a hash of the content. Of earlier contents it knows only those that it has
 * listed itself.
 */
export function createFileStore(folders: FileStoreFolders): TemplateStore & TemplateHistory {
  const history = new Map<string, readonly StoredTemplate[]>();
  const remember = (stored: StoredTemplate): void => {
    const before = history.get(stored.name) ?? [];
    if (before[0]?.version === stored.version) return;
    const others = before.filter(({ version }) => version !== stored.version);
    if (before.length > 0 || history.size < NAMES_REMEMBERED_MAX) {
      history.set(stored.name, [stored, ...others].slice(0, HISTORY_MAX));
    }
  };

  async function readRecord(cluster: string, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    if (folders.clusters === undefined) return undefined;
    const file = join(folders.clusters, `${cluster}.yaml`);
    const text = await unlessAbsent(readFile(file, { encoding: 'utf8', signal }));
    return text === undefined ? undefined : parseRecord(text, cluster);
  }

  async function listClusters(signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    if (folders.clusters === undefined) return [];
    const files = await unlessAbsent(readdir(folders.clusters));
    return (files ?? []).filter((f) => f.endsWith('.yaml')).map((f) => parsePath(f).name);
  }

  return {
    async listTemplates(channel, signal) {
      const folder = await folderOf(folders.templates, channel);
      if (folder === undefined) return [];
      const files = (await readdir(folder)).filter((f) => EXTENSIONS.includes(parsePath(f).ext)).sort();
      const listed = await Promise.all(files.map((file) => readTemplate(join(folder, file), signal)));
      for (const stored of listed) remember(stored);
      return listed;
    },
    async listVersions(name, hint, signal) {
      signal.throwIfAborted();
      return versionsToTry(history.get(name) ?? [], hint);
    },
    async listClusterRecords(signal) {
      const names = await listClusters(signal);
      const records = names
        .slice(0, RECORDS_AHEAD_MAX)
        .map(async (name) => [name, await readRecord(name, signal)] as const);
      return new Map(await Promise.all(records));
    },
    listClusters,
    getClusterRecord: readRecord,
  };
}

/** Where the templates of a channel lie; undefined where each channel has a folder and this one has none. */
async function folderOf(templates: string, channel: string): Promise<string | undefined> {
  const channels = await unlessAbsent(readdir(join(templates, 'channels')));
  // Only a name that is listed becomes part of a path.
  if (channels?.includes(channel)) return join(templates, 'channels', channel);
  return channels === undefined || channel === CHANNEL_DEFAULT ? templates : undefined;
}

function parseRecord(text: string, cluster: string): unknown {
  try {
    const record: unknown = parseYaml(text);
    return record;
  } catch (cause) {
    throw new SyntaxError(`the record of ${cluster} is not YAML`, { cause });
  }
}

async function readTemplate(file: string, signal: AbortSignal): Promise<StoredTemplate> {
  const name = parsePath(file).name;
  const bytes = await readFile(file, { signal }).catch((error: unknown) => {
    // A folder, or a link that leads nowhere, must not hide the other templates.
    if (isRecord(error) && FILE_FAULTS.includes(String(error['code']))) return String(error['code']);
    throw error;
  });
  if (typeof bytes === 'string') return { name, version: bytes, unreadable: `the file cannot be read (${bytes})` };
  const version = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  if (!isUtf8(bytes)) return { name, version, unreadable: 'the file is not UTF-8' };
  const source = readTemplateSource(bytes.toString('utf8'), name);
  if (!source.valid) return { name, version, unreadable: describeFaults(source.faults) };
  const metadata = isRecord(source.value) ? own(source.value, 'metadata') : undefined;
  const ownName = isRecord(metadata) ? own(metadata, 'name') : undefined;
  return { name: typeof ownName === 'string' ? ownName : name, version, document: source.value };
}
