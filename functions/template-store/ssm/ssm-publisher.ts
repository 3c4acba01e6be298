import { PutParameterCommand, type SSMClient, UnlabelParameterVersionCommand } from '@aws-sdk/client-ssm';
import { CHANNEL_DEFAULT } from '../../cluster-record/cluster-record.ts';
import { PublishError } from '../../errors.ts';
import { DNS_LABEL } from '../../json/check.ts';
import {
  type DecodedDocument,
  type EncodedDocument,
  encodeDocument,
  PARAMETER_BYTES_MAX,
  PARTS_MAX,
} from '../codec.ts';
import type { Published, TemplatePublisher, TemplateSummary, TemplateVersion } from '../publisher.ts';
import { createChannels, labelVersion } from './channels.ts';
import { refuseName, refuseParameter, VERSIONS_MAX } from './parameter-rules.ts';
import { createPartReader } from './parts.ts';
import { pruneParts } from './prune.ts';
import { previousLabel, readPath, readVersions, type StoredVersion } from './versions.ts';

/** The longest that reading the parts of one template may take. */
const PARTS_READ_MS = 30_000;

/**
 * Writes the templates of a fleet to Parameter Store; the layout is `ssm-store.ts`'s.
 *
 * @param now milliseconds since the epoch
 */
export function createSsmPublisher(client: SSMClient, fleet: string, now: () => number): TemplatePublisher {
  const root = `/outrigger/${fleet}`;
  const parts = createPartReader(client, fleet);
  const parameter = (name: string): string => `${root}/templates/${name}`;

  return {
    ...createChannels({ client, parameter, versionsOf, decode }),
    publish: (name, document) => publish(client, root, name, document),
    history: async (name) => (await versionsOf(name)).map(withoutValue).reverse(),
    prune: (dryRun) => pruneParts(client, root, now(), dryRun),

    async list() {
      const summaries: TemplateSummary[] = [];
      for (const { Name = '' } of await readPath(client, `${root}/templates`)) {
        const versions = await readVersions(client, Name);
        const latest = versions.at(-1);
        const channels = versions.flatMap((v) => v.channels.map((c): [string, number] => [c, v.version]));
        const name = Name.split('/').at(-1) ?? '';
        if (latest !== undefined) summaries.push({ name, latest: withoutValue(latest), channels: new Map(channels) });
      }
      return summaries;
    },

    async records() {
      const found = await readPath(client, `${root}/clusters`);
      const decoded = await parts.decode(
        'clusters',
        found.map((p) => p.Value ?? ''),
        AbortSignal.timeout(PARTS_READ_MS),
      );
      return new Map(
        found.flatMap(({ Name = '' }, i): [string, unknown][] => {
          const record = decoded[i];
          return record !== undefined && 'document' in record ? [[Name.split('/').at(-1) ?? '', record.document]] : [];
        }),
      );
    },

    async get(name, reference) {
      const versions = await versionsOf(name);
      const isMeant = (v: StoredVersion): boolean =>
        reference === undefined || String(v.version) === reference || v.channels.includes(reference);
      const found = versions.findLast(isMeant);
      if (found === undefined) throw new PublishError(`template ${name} has no version or channel ${reference}`);
      return { ...withoutValue(found), ...(await decode(found)) };
    },
  };

  async function versionsOf(name: string): Promise<readonly StoredVersion[]> {
    refuseTemplateName(name);
    const versions = await readVersions(client, parameter(name));
    if (versions.length === 0) throw new PublishError(`there is no template ${name} in fleet ${fleet}`);
    return versions;
  }

  async function decode({ value }: StoredVersion): Promise<DecodedDocument> {
    const [decoded] = await parts.decode('', [value], AbortSignal.timeout(PARTS_READ_MS));
    return decoded ?? { unreadable: 'it is empty' };
  }
}

async function publish(client: SSMClient, root: string, name: string, document: unknown): Promise<Published> {
  refuseTemplateName(name);
  const parameter = `${root}/templates/${name}`;
  const encoded = encodeWithin(name, document);
  for (const [part, value] of encoded.parts) refuseParameter(`${root}/parts/${part}`, value);
  refuseParameter(parameter, encoded.head);
  const before = await readVersions(client, parameter);
  const last = before.at(-1);
  const isNew = last?.value !== encoded.head;
  if (isNew) await makeRoom(client, parameter, before);
  // Also when nothing is new: it repairs a template whose parts were lost, and keeps prune away from them.
  for (const [part, value] of encoded.parts) await put(client, `${root}/parts/${part}`, value);
  const version = isNew ? await put(client, parameter, encoded.head) : last.version;
  // The second half repairs a first publication that ended between its two calls.
  const isFirst = version === 1 && before.every((v) => v.channels.length === 0);
  if (isFirst) await labelVersion(client, parameter, version, CHANNEL_DEFAULT);
  const channels = isFirst ? [CHANNEL_DEFAULT] : isNew ? [] : last.channels;
  return { version, isNew, channels };
}

function encodeWithin(name: string, document: unknown): EncodedDocument {
  const encoded = encodeDocument(document);
  if (encoded !== undefined) return encoded;
  const kilobytes = (PARTS_MAX * PARAMETER_BYTES_MAX) / 1024;
  throw new PublishError(`template ${name} is too large: compressed and in base64 it may have ${kilobytes} KB`);
}

/** Makes sure that the next version can be written: the oldest of a hundred gives way only when it has no label. */
async function makeRoom(client: SSMClient, parameter: string, versions: readonly StoredVersion[]): Promise<void> {
  const [oldest] = versions;
  if (oldest === undefined || versions.length < VERSIONS_MAX) return;
  if (oldest.channels.length > 0) {
    throw new PublishError(
      `${parameter}: version ${oldest.version}, the oldest of ${VERSIONS_MAX}, serves ${oldest.channels.join(', ')} ` +
        'and cannot give way to a new one; promote a newer version first',
    );
  }
  if (oldest.previousOf.length === 0) return;
  // A way back of a hundred versions is given up, as the version itself would be.
  const Labels = oldest.previousOf.map(previousLabel);
  await client.send(new UnlabelParameterVersionCommand({ Name: parameter, ParameterVersion: oldest.version, Labels }));
}

async function put(client: SSMClient, name: string, value: string): Promise<number> {
  const command = new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: true });
  const { Version: version = 0 } = await client.send(command);
  return version;
}

function refuseTemplateName(name: string): void {
  if (!DNS_LABEL.test(name)) {
    throw new PublishError(`${JSON.stringify(name)} is no template name: lower-case letters, digits and -, at most 63`);
  }
  refuseName(`/outrigger/x/templates/${name}`);
}

function withoutValue({ value: _, ...version }: StoredVersion): TemplateVersion {
  return version;
}
