/** The credentials of an IAM identity, as the SDK's providers hand them out. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Asked before each signature: the ones of a role are renewed. */
export type CredentialSource = () => Promise<AwsCredentials>;

/** DNS suffixes of the partitions that have another than AWS's own (botocore, partitions.json). */
const SUFFIXES: readonly (readonly [prefix: string, suffix: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
];
const REGION = /^[a-z]{2,5}-[a-z0-9-]{1,30}-\d{1,2}$/;

/** The DNS suffix of a region's partition, e.g. `amazonaws.com` (which aws-us-gov has too). Throws for what is no region. */
export function dnsSuffix(region: string): string {
  if (!REGION.test(region)) throw new Error('an AWS region is like eu-central-1');
  return SUFFIXES.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'amazonaws.com';
}
