import { isIP } from 'node:net';
import { readCanaryConfig } from '../../functions/config.ts';
import { ConfigError } from '../../functions/errors.ts';
import type { TlsFiles } from './tls-files.ts';

/** How the container serves; the fleet and the table are read by the handler itself, as in Lambda. */
export interface ContainerSettings extends TlsFiles {
  /** Port 8443 where nothing is said: one that a user without rights may take. */
  readonly port: number;
  readonly address: string;
  /** Between the signal to go and the last new connection, in milliseconds. */
  readonly noticeMs: number;
  /** Connections at a time. */
  readonly connectionsMax: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the environment: what the function `discovery` needs (`OUTRIGGER_FLEET`, `OUTRIGGER_TABLE`,
 * `AWS_REGION`), and `OUTRIGGER_TLS_CERT`, `OUTRIGGER_TLS_KEY`, `OUTRIGGER_PORT`, `OUTRIGGER_ADDRESS`,
 * `OUTRIGGER_NOTICE_SECONDS`, `OUTRIGGER_CONNECTIONS_MAX`. Throws one ConfigError that lists every fault.
 */
export function readContainerSettings(environment: Environment): ContainerSettings {
  const faults: string[] = [];
  const whole = (name: string, preset: number, max: number): number => {
    const text = environment[name] ?? String(preset);
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value <= max) return value;
    faults.push(`${name} must be a whole number from 0 to ${max}`);
    return preset;
  };
  const file = (name: string, what: string): string => {
    const path = environment[name] ?? '';
    if (path === '') faults.push(`${name} must be the file with ${what}, in PEM`);
    return path;
  };
  try {
    readCanaryConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(error.message);
  }
  const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? '';
  if (region === '') faults.push('AWS_REGION must be the region of the table and of Parameter Store');
  const address = environment['OUTRIGGER_ADDRESS'] ?? '0.0.0.0';
  if (isIP(address) === 0) faults.push('OUTRIGGER_ADDRESS must be an IP address of this machine, 0.0.0.0 or ::');
  const settings: ContainerSettings = {
    certFile: file('OUTRIGGER_TLS_CERT', 'the certificate and its chain'),
    keyFile: file('OUTRIGGER_TLS_KEY', 'the key of the certificate'),
    port: whole('OUTRIGGER_PORT', 8_443, 65_535),
    address,
    noticeMs: whole('OUTRIGGER_NOTICE_SECONDS', 10, 600) * 1_000,
    connectionsMax: whole('OUTRIGGER_CONNECTIONS_MAX', 10_000, 1_000_000),
  };
  if (faults.length > 0) throw new ConfigError(faults.join('; '));
  return settings;
}
