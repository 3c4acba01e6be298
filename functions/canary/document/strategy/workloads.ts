import { isRecord } from '../../../json/faults.ts';
import { object, text, words } from '../../../json/schema/build.ts';
import type { Place } from '../../../json/schema/schema.ts';

/** What Kubernetes takes for the name of a Deployment or a StatefulSet (RFC 1123 subdomain). */
const WORKLOAD_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** Which workload of the canary's own namespace. */
export const WORKLOAD = object(
  {
    /** What it is. */
    kind: words(['Deployment', 'StatefulSet'], {}),
    /** Its name. */
    name: text({
      pattern: WORKLOAD_NAME,
      maxLength: 253,
      message: 'must be the name of a workload: lower-case letters, digits, - and ., at most 253 characters',
    }),
  },
  {},
);

/** How stable gets the new version. */
export const PROMOTION = words(['Observe', 'Copy'], { optional: true });

/** `workloads` of a strategy: what runs the Pods of the two tracks. */
export const WORKLOADS = object(
  {
    /** What runs the stable Pods. */
    stable: WORKLOAD,
    /** What runs the canary's Pods; another one than stable's. */
    canary: WORKLOAD,
    /** How stable gets the new version once the canary has everything. `Observe`: something else rolls it out, and the release ends when stable runs what the canary ran. `Copy`: Outrigger gives stable the canary's Pod template, and the release ends likewise; both must be of one kind. Default: a person promotes. */
    promotion: PROMOTION,
  },
  { optional: true, rule: areTwo },
);

function areTwo(workloads: unknown, { check, path }: Place): unknown {
  const [stable, canary] = ['stable', 'canary'].map((track) => (isRecord(workloads) ? workloads[track] : undefined));
  const isSame = isRecord(stable) && isRecord(canary) && ['kind', 'name'].every((key) => stable[key] === canary[key]);
  if (isSame) check.fault(path, 'stable and canary must be two workloads: one runs one version');
  const isCopy = isRecord(workloads) && workloads['promotion'] === 'Copy';
  const areAlike = isRecord(stable) && isRecord(canary) && stable['kind'] === canary['kind'];
  if (isCopy && !areAlike) check.fault(path, 'promotion Copy is between two workloads of one kind');
  return workloads;
}
