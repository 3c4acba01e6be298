import type { KeyRing } from './keys/key-store.ts';
import type { ActualObjects } from './objects/apply-objects.ts';
import { type Difference, differences } from './objects/differences.ts';
import { type DesiredObjects, PLACES, type RegisteredKind } from './objects/registered-objects.ts';
import type { RegistrationTarget } from './registrar.ts';
import { urlFacts } from './webhook-url.ts';

/** Something that is not as it was registered, in words: no URL with a token stands in it. */
export interface Finding {
  /** What it is about, as kubectl calls it, or `endpoint`. */
  readonly object: string;
  /** `webhooks[inject.outrigger.dev].failurePolicy: is "Fail", should be "Ignore"` */
  readonly message: string;
}

/** A value in a sentence is cut here. */
const VALUE_CHARACTERS_MAX = 160;

/** Compares the objects in the cluster with those that registering would apply now. */
export async function objectFindings(
  target: RegistrationTarget,
  ring: KeyRing,
  desired: DesiredObjects,
  actual: ActualObjects,
): Promise<readonly Finding[]> {
  const wanted = new Map<RegisteredKind, unknown>([
    ['webhook', desired.webhook],
    ...Object.entries(desired.companion ?? {}),
  ] as [RegisteredKind, unknown][]);
  const findings: Finding[] = [];
  for (const { kind, title } of Object.values(PLACES)) {
    const [object, found] = [wanted.get(kind), actual.get(kind)];
    if (object === undefined && found !== undefined) findings.push({ object: title, message: 'should not be there' });
    if (object !== undefined && found === undefined) findings.push({ object: title, message: 'is missing' });
    if (object === undefined || found === undefined) continue;
    for (const difference of differences(object, found)) {
      findings.push({ object: title, message: await sentence(target, ring, difference) });
    }
  }
  return findings;
}

async function sentence(target: RegistrationTarget, ring: KeyRing, { path, is, should }: Difference): Promise<string> {
  const isUrl = path.endsWith('.url');
  const say = async (value: unknown): Promise<string> =>
    isUrl ? (await urlFacts(ring, target, value)).description : described(value);
  const [found, wanted] = await Promise.all([say(is), say(should)]);
  // The same epoch by another key.
  const why = isUrl && found === wanted ? ' by the newest key: register again' : '';
  return should === undefined
    ? `${path}: is there, should not be (register leaves it to the manager that added it; remove it with kubectl edit)`
    : `${path}: is ${found}, should be ${wanted}${why}`;
}

/** A value in one line; a list of webhooks could hold a URL, so objects that have one are only named. */
function described(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  if (text.includes('clientConfig')) return 'something else';
  return text.length <= VALUE_CHARACTERS_MAX ? text : `${text.slice(0, VALUE_CHARACTERS_MAX)}…`;
}
