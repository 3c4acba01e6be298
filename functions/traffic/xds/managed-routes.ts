import type { Canary, Step } from '../../canary/canary.ts';
import type { ManagedRoutes, MirrorRouteMatch } from '../../canary/document/strategy/managed-routes.ts';
import { HEADER_TEXT, TOKEN } from '../../canary/match-texts.ts';
import { runningRelease } from '../../canary/steps/release.ts';
import { type Check, own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { XdsMessage } from './xds.ts';

/** No steps have put anything into the routes. */
const NO_MANAGED_ROUTES: ManagedRoutes = { headers: [], mirrors: [] };

/**
 * What the steps of a release that goes on have put into the routes. All of it is gone once the release is over or is taken back,
 * and while the canary has everything: a copy would be of its own requests.
 */
export function managedRoutesOf(canary: Canary): ManagedRoutes {
  const release = runningRelease(canary);
  if (release === undefined || release.rollback?.cause !== undefined) return NO_MANAGED_ROUTES;
  if (canary.status.weights.stable === 0) return NO_MANAGED_ROUTES;
  return managedRoutesAt(release.steps, release.currentStepIndex);
}

/** What the steps up to one, that one included, have put into the routes and not taken out again, in the order of their names' first step. */
function managedRoutesAt(steps: readonly Step[], index: number): ManagedRoutes {
  const headers = new Map<string, ManagedRoutes['headers']>();
  const mirrors = new Map<string, ManagedRoutes['mirrors'][number]>();
  for (const step of steps.slice(0, index + 1)) {
    if ('setHeaderRoute' in step) headers.set(step.setHeaderRoute.name, step.setHeaderRoute.match ?? []);
    if (!('setMirrorRoute' in step)) continue;
    const { name, match, percentage = match === undefined ? 0 : 100 } = step.setMirrorRoute;
    mirrors.set(name, { ...(match === undefined ? {} : { match }), percentage });
  }
  return { headers: [...headers.values()].flat(), mirrors: [...mirrors.values()].filter((one) => one.percentage > 0) };
}

/** The matchers of a `match` of `setMirrorRoute`. */
export function mirrorMatchers({ method, path, headers = {} }: MirrorRouteMatch): XdsMessage {
  const named = [...Object.entries(headers), ...pseudo(':method', method), ...pseudo(':path', path)];
  return { headers: named.map(([name, value]) => ({ name, string_match: { ...value } })) };
}

type Value = NonNullable<MirrorRouteMatch['path']>;

function pseudo(name: string, value: Value | undefined): readonly (readonly [string, Value])[] {
  return value === undefined ? [] : [[name, value]];
}

/** What makes routes of stored steps impossible: they were checked when they were written, perhaps by another version. */
export function checkManagedRoutes(check: Check, canary: unknown): void {
  const status = isRecord(canary) ? own(canary, 'status') : undefined;
  const release = isRecord(status) ? own(status, 'release') : undefined;
  const steps = isRecord(release) ? own(release, 'steps') : undefined;
  for (const [i, step] of (Array.isArray(steps) ? steps : []).entries()) {
    if (!isRecord(step)) continue;
    const isGood = isHeaderRoute(own(step, 'setHeaderRoute')) && isMirrorRoute(own(step, 'setMirrorRoute'));
    if (!isGood) check.fault(`status.release.steps[${i}]`, 'must have names and texts that a route can have');
  }
}

function isHeaderRoute(route: unknown): boolean {
  return areAll(route, (entry) => isName(entry['headerName']) && isValue(entry['headerValue']));
}

function isMirrorRoute(route: unknown): boolean {
  const share = isRecord(route) ? (route['percentage'] ?? 100) : 100;
  const isShare = typeof share === 'number' && share >= 0 && share <= 100;
  return (
    isShare &&
    areAll(route, ({ method, path, headers }) => {
      const named = Object.entries(isRecord(headers) ? headers : {});
      const isKnown = headers === undefined || isRecord(headers);
      const others = [method, path].filter((value) => value !== undefined);
      const isSome = named.length + others.length > 0;
      return (
        isKnown && isSome && others.every(isValue) && named.every(([name, value]) => isName(name) && isValue(value))
      );
    })
  );
}

/** Whether a route is absent, or all entries of its `match` are good. */
function areAll(route: unknown, isGood: (entry: Readonly<Record<string, unknown>>) => boolean): boolean {
  if (route === undefined) return true;
  const match = isRecord(route) ? (route['match'] ?? []) : undefined;
  return Array.isArray(match) && match.every((entry) => isRecord(entry) && isGood(entry));
}

function isName(name: unknown): boolean {
  return typeof name === 'string' && TOKEN.test(name);
}

function isValue(value: unknown): boolean {
  const [[kind, text] = [], ...more] = isRecord(value) ? Object.entries(value) : [];
  return (
    more.length === 0 && (kind === 'exact' || kind === 'prefix') && typeof text === 'string' && HEADER_TEXT.test(text)
  );
}
