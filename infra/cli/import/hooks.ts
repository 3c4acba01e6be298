import { HOOK } from '../../../functions/canary/document/strategy/hooks.ts';
import type { Key, Source } from './source.ts';

const WEBHOOKS = ['spec', 'analysis', 'webhooks'] as const;
const HOOKS_MAX = 8;
const TYPES: readonly string[] = HOOK.fields.type.values;
/** Types that count failures. */
const COUNTING = ['pre-rollout', 'rollout'];
const RETRIES_MAX = 5;
const TIMEOUT = /^([1-9]|[1-5]\d|60)s$|^1m$/;

/** Flagger's webhooks as `hooks`; what has no counterpart is left for its own note. */
export function takeHooks(source: Source): readonly object[] | undefined {
  const places = source.entries(...WEBHOOKS).filter((place) => TYPES.includes(typeOf(source, place)));
  const names = new Set<string>();
  const hooks = places.slice(0, HOOKS_MAX).map((place) => takeHook(source, place, names));
  return hooks.length === 0 ? undefined : hooks;
}

/** A webhook without a type is one of `rollout`. */
function typeOf(source: Source, place: Key): string {
  return String(source.peek(...WEBHOOKS, place, 'type') ?? 'rollout');
}

function takeHook(source: Source, place: Key, names: Set<string>): object {
  const take = (field: string): unknown => source.take(...WEBHOOKS, place, field);
  const fits = (field: string, isFit: (value: unknown) => boolean): object =>
    isFit(source.peek(...WEBHOOKS, place, field)) ? { [field]: take(field) } : {};
  const type = typeOf(source, place);
  take('type');
  return {
    name: nameOf(String(take('name') ?? type), names),
    type,
    url: take('url'),
    ...fits('timeout', (value) => typeof value === 'string' && TIMEOUT.test(value)),
    ...fits('retries', (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= RETRIES_MAX),
    ...(COUNTING.includes(type) ? limitOf(source) : {}),
    ...fits('metadata', (value) => value !== undefined),
  };
}

/** Flagger takes a canary back at the failure with the number `threshold`. */
function limitOf(source: Source): object {
  const threshold = source.peek('spec', 'analysis', 'threshold');
  return typeof threshold === 'number' && threshold > 1 ? { failureLimit: threshold - 1 } : {};
}

/** The name as a label, and no second time: `start gate` is `start-gate`. */
function nameOf(name: string, names: Set<string>): string {
  const label = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replaceAll(/^-|-$/g, '');
  const base = label === '' ? 'hook' : label;
  let unique = base;
  for (let count = 2; names.has(unique); count++) unique = `${base}-${count}`;
  names.add(unique);
  return unique;
}
