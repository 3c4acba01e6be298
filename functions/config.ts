import type { JSONWebKeySet, JWK } from 'jose';
import { EKS_CLUSTER_NAME } from './cluster-name.ts';
import { ConfigError } from './errors.ts';
import { isRecord } from './json/faults.ts';

/** What `mutate` reads from its environment. */
export interface Config {
  /** The audience of path tokens and the first segment of parameter names. */
  readonly fleet: string;
  /** The public keys that path tokens are verified with. */
  readonly pathKeys: JSONWebKeySet;
}

/** What the functions that know canaries read from theirs. */
export interface CanaryConfig {
  /** Part of the audience of proxies' tokens. */
  readonly fleet: string;
  /** The DynamoDB table (infra/deploy/storage.yml). */
  readonly table: string;
}

/** What `advance` reads from its environment. */
export interface AdvanceConfig extends CanaryConfig {
  /** The EKS clusters whose Pods it reads, by name; none: it only writes what the clock has changed of canaries. */
  readonly clusters: readonly string[];
}

/** The 32 bytes of an Ed25519 public key in base64url. */
const X = /^[A-Za-z0-9_-]{43}$/;
const FLEET = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/;
/** DynamoDB's own rule (Developer Guide, "Naming rules"). */
const TABLE = /^[a-zA-Z0-9_.-]{3,255}$/;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the environment: `OUTRIGGER_FLEET` (default `default`) and `OUTRIGGER_PATH_KEYS` (a JWK set of
 * public Ed25519 keys, as the custom resource `Keys` returns it). Throws one ConfigError that lists every fault; no
 * value is ever repeated in it.
 */
export function readConfig(environment: Environment): Config {
  const faults: string[] = [];
  const fleet = readProxyReports(environment, faults);
  const pathKeys = readKeys(environment['OUTRIGGER_PATH_KEYS'], faults);
  if (faults.length > 0) throw new ConfigError(faults.join('; '));
  return { fleet, pathKeys };
}

/**
 * Reads and checks the environment of a function that knows canaries: `OUTRIGGER_FLEET` as above and `OUTRIGGER_TABLE`.
 * Throws one ConfigError that lists every fault.
 */
export function readCanaryConfig(environment: Environment): CanaryConfig {
  const faults: string[] = [];
  const config = readFleetAndTable(environment, faults);
  if (faults.length > 0) throw new ConfigError(faults.join('; '));
  return config;
}

/**
 * Reads and checks the environment of `advance`: the same, and `OUTRIGGER_CLUSTERS` (names of EKS clusters with commas
 * between them; empty: none). Throws one ConfigError that lists every fault.
 */
export function readAdvanceConfig(environment: Environment): AdvanceConfig {
  const faults: string[] = [];
  const config = readFleetAndTable(environment, faults);
  const names = (environment['OUTRIGGER_CLUSTERS'] ?? '').split(',').map((name) => name.trim());
  const clusters = [...new Set(names)].filter((name) => name !== '');
  if (!clusters.every((name) => EKS_CLUSTER_NAME.test(name))) {
    faults.push('OUTRIGGER_CLUSTERS must be names of EKS clusters with commas between them');
  }
  if (faults.length > 0) throw new ConfigError(faults.join('; '));
  return { ...config, clusters };
}

function readFleetAndTable(environment: Environment, faults: string[]): CanaryConfig {
  const fleet = readProxyReports(environment, faults);
  const table = environment['OUTRIGGER_TABLE'] ?? '';
  if (!TABLE.test(table)) faults.push('OUTRIGGER_TABLE must be the name of the DynamoDB table');
  return { fleet, table };
}

function readProxyReports(environment: Environment, faults: string[]): string {
  const fleet = environment['OUTRIGGER_FLEET'] ?? 'default';
  if (!FLEET.test(fleet)) faults.push('OUTRIGGER_FLEET must be letters, digits, - and _, at most 63 characters');
  return fleet;
}

function readKeys(text: string | undefined, faults: string[]): JSONWebKeySet {
  const say = (what: string): JSONWebKeySet => {
    faults.push(`OUTRIGGER_PATH_KEYS ${what}`);
    return { keys: [] };
  };
  if (text === undefined || text === '') return say('is missing: a JWK set {"keys": […]} of public Ed25519 keys');
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    return say('is not JSON');
  }
  const keys: unknown = isRecord(set) ? set['keys'] : undefined;
  // An empty set would refuse every caller, which is safe, but is never meant.
  if (!Array.isArray(keys) || keys.length === 0) return say('must be a JWK set {"keys": […]} with at least one key');
  if (!keys.every(isEd25519)) return say('holds a key that is not an Ed25519 JWK (kty OKP, crv Ed25519, x, kid)');
  if (keys.some((key) => 'd' in key)) return say('holds a private key; only public keys belong here');
  const kids = keys.map((key) => key.kid);
  if (new Set(kids).size < kids.length) return say('holds two keys of one kid');
  return { keys };
}

function isEd25519(key: unknown): key is JWK {
  if (!isRecord(key)) return false;
  return key['kty'] === 'OKP' && key['crv'] === 'Ed25519' && X.test(String(key['x'])) && typeof key['kid'] === 'string';
}
