import type { Check } from '../json/check.ts';

/** What admission webhooks of a Kubernetes cluster add to every container, beyond the built-in list. */
export interface RecordAdmissionAdds {
  /** Names of environment variables. */
  readonly env: readonly string[];
  /** The paths of mounts. */
  readonly volumeMounts: readonly string[];
}

/** Entries of each list; a cluster has a handful of webhooks that add anything. */
const ADDS_MAX = 64;
/** As Kubernetes names variables (apimachinery, util/validation, IsEnvVarName). */
const VARIABLE = /^[A-Za-z_.-][A-Za-z0-9_.-]{0,252}$/;
const MOUNT_PATH = /^\/[!-~]{1,1023}$/;

/** Reads `admissionAdds` of a cluster record; undefined when absent: then the built-in list alone counts. */
export function parseAdmissionAdds(
  check: Check,
  record: Readonly<Record<string, unknown>>,
): RecordAdmissionAdds | undefined {
  const path = 'admissionAdds';
  const adds = check.object(record, path, path);
  if (adds === undefined) return undefined;
  const list = (key: string, accepts: RegExp, what: string): readonly string[] => {
    const found = check.strings(adds, key, `${path}.${key}`, accepts, what) ?? [];
    if (found.length > ADDS_MAX) check.fault(`${path}.${key}`, `must have at most ${ADDS_MAX} entries`);
    return found;
  };
  return {
    env: list('env', VARIABLE, 'the name of an environment variable'),
    volumeMounts: list('volumeMounts', MOUNT_PATH, 'an absolute path'),
  };
}
