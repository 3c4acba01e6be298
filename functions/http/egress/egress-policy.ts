import { urlFault } from '../../json/url-fault.ts';
import { isInNetworks, reachOf } from './address.ts';

/** Where calls that a canary asks for may lead; what is not listed is refused. */
export interface EgressPolicy {
  /** Hosts by https: `prometheus.example.com`, `prometheus.example.com:8443`, or `*.example.com` for names below it. */
  readonly hosts: readonly string[];
  /** Hosts with their port by plain http: `prometheus.internal:9090`. */
  readonly http: readonly string[];
  /** Networks that are not public, to which names of these hosts may lead: `10.20.0.0/16`. */
  readonly private: readonly string[];
}

/** A call was refused before anything was sent. The message names the host and what to set, and nothing of the URL besides. */
export class EgressError extends Error {
  override readonly name = 'EgressError' as const;
}

/** Throws EgressError unless the policy lists a URL's host. The address behind the name is checked when it is known. */
export function checkUrl(url: URL, policy: EgressPolicy): void {
  const fault = urlFault(url.href);
  if (fault !== undefined) throw new EgressError(`the URL ${fault}`);
  const { host, hostname, port } = url;
  if (url.protocol === 'http:') {
    const full = port === '' ? `${host}:80` : host;
    if (policy.http.some((listed) => listed === full)) return;
    const isListed = policy.hosts.some((listed) => isHost(listed, hostname, host));
    const why = isListed ? 'is called by https only' : 'is not listed';
    throw new EgressError(`host ${full} ${why}: plain http is for hosts in egress.http of the cluster record`);
  }
  if (policy.hosts.some((listed) => isHost(listed, hostname, host))) return;
  throw new EgressError(`host ${host} is not listed: add it to egress.hosts of the cluster record`);
}

function isHost(listed: string, hostname: string, host: string): boolean {
  if (!listed.startsWith('*.')) return listed === host;
  // A name below it, by https' own port.
  return host === hostname && hostname.endsWith(listed.slice(1)) && hostname.length > listed.length - 1;
}

/**
 * Throws EgressError unless an address may be connected to: it is public, or in a network that the policy opens.
 *
 * @param loopback whether this machine itself may be opened: never in Lambda, whose runtime listens there
 */
export function checkAddress(address: string, host: string, policy: EgressPolicy, loopback: boolean): void {
  const reach = reachOf(address);
  if (reach === 'public') return;
  const isOpen = reach === 'private' || (reach === 'loopback' && loopback);
  if (isOpen && isInNetworks(address, policy.private)) return;
  const how = isOpen ? ': list its network in egress.private of the cluster record' : ', which is never called';
  const what = reach === 'private' ? 'a private address' : 'an address that is not public';
  throw new EgressError(`host ${host} has ${what}${how}`);
}
