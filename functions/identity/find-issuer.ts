import type { NamedRecord } from '../cluster-record/cluster-record.ts';
import { IssuerError } from '../errors.ts';
import type { IssuerKey, IssuerKeys } from './issuer-keys.ts';
import { refused } from './proxy-identity.ts';

/**
 * The one record of an issuer that has the key; two with the same key count as none. A record whose keys cannot be
 * fetched does not hide the others: kubeadm's clusters all have the same issuer.
 *
 * @param records of that issuer
 */
export async function findIssuer(
  keys: IssuerKeys,
  records: readonly NamedRecord[],
  kid: string,
): Promise<{ readonly named: NamedRecord; readonly key: IssuerKey }> {
  const found: { named: NamedRecord; key: IssuerKey }[] = [];
  const troubles: IssuerError[] = [];
  for (const named of records) {
    const key = await keys.find(named.record, kid).catch((error: unknown) => {
      if (!(error instanceof IssuerError)) throw error;
      troubles.push(error);
      return undefined;
    });
    if (key !== undefined) found.push({ named, key });
  }
  const [one, another] = found;
  if (one === undefined && troubles[0] !== undefined) throw troubles[0];
  if (one === undefined || another !== undefined) throw refused();
  return one;
}
