import { execFile } from 'node:child_process';
import { resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { isRecord } from '../../../functions/json/faults.ts';
import { redacted } from '../../../functions/kube-api/redacted.ts';
import { codeOf, UsageError } from '../errors.ts';

/** What an exec plugin hands out. */
export interface Credential {
  readonly token: string | undefined;
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
}

/** Asks the plugin; what it gave is kept until it expires. */
export type ExecCredential = (signal: AbortSignal) => Promise<Credential>;

interface Held extends Credential {
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Asked again so long before a credential ends, so that it lives while it travels. */
const EARLY_MS = 30_000;
/** An ExecCredential with a certificate has some 5 KB. */
const OUTPUT_BYTES_MAX = 1024 * 1024;
const COMPLAINT_CHARACTERS_MAX = 400;

/**
 * Runs a kubeconfig's `exec` plugin (`client.authentication.k8s.io`, e.g. `aws eks get-token`, `gke-gcloud-auth-plugin`,
 * `kubelogin`) as kubectl does: its environment on top of ours, a relative command from the kubeconfig's folder.
 *
 * @param spec the `exec` mapping of the user
 * @param folder the folder of the kubeconfig
 */
export function createExecCredential(spec: Readonly<Record<string, unknown>>, folder: string): ExecCredential {
  const { command, apiVersion } = spec;
  if (typeof command !== 'string' || command === '')
    throw new UsageError('the exec plugin of the kubeconfig has no command');
  const file = command.includes(sep) ? resolve(folder, command) : command;
  const args = textsOf(spec['args']);
  const info = { kind: 'ExecCredential', apiVersion, spec: { interactive: false } };
  const env = { ...process.env, KUBERNETES_EXEC_INFO: JSON.stringify(info), ...environmentOf(spec['env']) };
  let held: Held | undefined;

  return async (signal) => {
    if (held === undefined || held.until - EARLY_MS < Date.now()) held = parse(await run(signal));
    return held;
  };

  async function run(signal: AbortSignal): Promise<string> {
    try {
      const { stdout } = await promisify(execFile)(file, args, { env, signal, maxBuffer: OUTPUT_BYTES_MAX });
      return stdout;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') throw new UsageError(`the exec plugin ${command} of the kubeconfig is not installed`);
      const complaint = isRecord(error) && typeof error['stderr'] === 'string' ? error['stderr'] : '';
      const said = redacted(complaint, COMPLAINT_CHARACTERS_MAX);
      throw new UsageError(`the exec plugin ${command} failed${said === '' ? ` (${String(code)})` : `: ${said}`}`);
    }
  }

  function parse(output: string): Held {
    const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = statusOf(output);
    const until = Date.parse(String(expirationTimestamp));
    const credential = {
      token: typeof token === 'string' && token !== '' ? token : undefined,
      certificate: typeof cert === 'string' && typeof key === 'string' ? { cert, key } : undefined,
      until: Number.isNaN(until) ? Number.POSITIVE_INFINITY : until,
    };
    if (credential.token !== undefined || credential.certificate !== undefined) return credential;
    throw new UsageError(`the exec plugin ${command} gave no credential`);
  }
}

function statusOf(output: string): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(output);
    const status = isRecord(document) ? document['status'] : undefined;
    return isRecord(status) ? status : {};
  } catch {
    return {};
  }
}

function textsOf(list: unknown): string[] {
  return (Array.isArray(list) ? list : []).map(String);
}

function environmentOf(list: unknown): Record<string, string> {
  const pairs = (Array.isArray(list) ? list : []).filter(isRecord);
  return Object.fromEntries(pairs.map(({ name, value }) => [String(name), String(value)]));
}
