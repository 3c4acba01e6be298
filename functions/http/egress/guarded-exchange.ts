import { type LookupAddress, lookup as lookUp } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type Answer, type Ask, exchange, NoAnswerError } from '../http-client.ts';
import { checkAddress, checkUrl, EgressError, type EgressPolicy } from './egress-policy.ts';

/** What is asked; the rest is the guard's. */
export type GuardedAsk = Pick<Ask, 'method' | 'headers' | 'body' | 'signal'>;

/** Sends one request to a host that a policy allows. */
export type GuardedExchange = (url: URL, ask: GuardedAsk, policy: EgressPolicy) => Promise<Answer>;

/** What may differ: on this machine, and in tests. */
export interface GuardTools {
  /** Whether a policy may open this machine itself; never in Lambda. */
  readonly loopback: boolean;
  /** Resolves names; Node's own where absent. */
  readonly lookup?: LookupFunction;
  /** Authorities in PEM instead of the system's. */
  readonly ca?: string;
}

/** The largest response: what is read of it is a handful of numbers. */
const BYTES_MAX = 1_024 * 1_024;

/**
 * Makes the calls whose URLs a canary's author chose. The host must be listed, and every address that its name has at the
 * moment of the connection must be allowed: the name is resolved once, by the connection itself, so that it cannot lead
 * elsewhere between the check and the call. No connection is kept, and a redirect is a response.
 *
 * The exchange rejects with EgressError where it is refused, and with NoAnswerError where there is no response.
 */
export function createGuardedExchange({ loopback, lookup = lookUp, ca }: GuardTools): GuardedExchange {
  return async (url, ask, policy) => {
    checkUrl(url, policy);
    const check = (address: string): void => checkAddress(address, url.host, policy, loopback);
    // An address is connected to as it is: no name is resolved.
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) !== 0) check(host);
    // An agent of its own: kept connections, and proxies of the environment, would pass the check by.
    const agent = url.protocol === 'https:' ? new https.Agent() : new http.Agent();
    const tls = { agent, lookup: guardedLookup(lookup, check), ...(ca === undefined ? {} : { ca }) };
    try {
      return await exchange(url, { ...ask, bytesMax: BYTES_MAX, tls });
    } catch (error) {
      const cause = error instanceof NoAnswerError ? error.cause : undefined;
      throw cause instanceof EgressError ? cause : error;
    }
  };
}

/** Resolves a name and checks all of its addresses. @param check throws EgressError for an address that is refused */
function guardedLookup(lookup: LookupFunction, check: (address: string) => void): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      const addresses = error === null ? addressesIn(found) : [];
      const [first] = addresses;
      const refusal = error ?? refusalOf(addresses, check);
      if (refusal !== undefined || first === undefined) callback(refusal ?? null, []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** One address that is refused refuses the name: which one is connected to is the system's choice. */
function refusalOf(addresses: readonly LookupAddress[], check: (address: string) => void): EgressError | undefined {
  try {
    for (const { address } of addresses) check(address);
    return addresses.length === 0 ? new EgressError('the host has no address') : undefined;
  } catch (error) {
    if (error instanceof EgressError) return error;
    throw error;
  }
}

/** Resolvers give one address or a list of them, whatever they are asked for. */
function addressesIn(found: string | readonly LookupAddress[]): LookupAddress[] {
  return typeof found === 'string' ? [{ address: found, family: isIP(found) }] : [...found];
}
