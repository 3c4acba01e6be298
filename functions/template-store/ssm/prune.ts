import { DeleteParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { partsOf } from '../codec.ts';
import { readPath, readVersions } from './versions.ts';

/** The most that DeleteParameters takes in one call (AWS API reference). */
const DELETE_MAX = 10;
/** Parts younger than this may belong to a template that is just being published, and are never pruned. */
const PART_AGE_MIN_MS = 60 * 60 * 1_000;

/**
 * Removes the parts under `{root}/parts` that no kept version of a template or cluster record names.
 *
 * @param now milliseconds since the epoch
 * @returns the names of the parts, also when `dryRun` leaves them
 */
export async function pruneParts(
  client: SSMClient,
  root: string,
  now: number,
  dryRun: boolean,
): Promise<readonly string[]> {
  // Parts first: one that is written after this moment is not in the list.
  const found = await readPath(client, `${root}/parts`);
  const used = new Set<string>();
  for (const folder of ['templates', 'clusters']) {
    for (const { Name = '' } of await readPath(client, `${root}/${folder}`)) {
      for (const { value } of await readVersions(client, Name)) for (const part of partsOf(value)) used.add(part);
    }
  }
  const dead = found.flatMap(({ Name = '', LastModifiedDate }) => {
    const isOld = LastModifiedDate !== undefined && now - LastModifiedDate.getTime() > PART_AGE_MIN_MS;
    const part = Name.split('/').at(-1) ?? '';
    return isOld && !used.has(part) ? [part] : [];
  });
  for (let i = 0; i < dead.length && !dryRun; i += DELETE_MAX) {
    const names = dead.slice(i, i + DELETE_MAX).map((part) => `${root}/parts/${part}`);
    await client.send(new DeleteParametersCommand({ Names: names }));
  }
  return dead;
}
