import jsonE from 'json-e';
import { isRecord, type Parsed, printable } from '../json/faults.ts';
import type { Rendering } from './compile-source.ts';
import type { ContextName } from './context-names.ts';
import type { DiscoveryContext } from './discovery-endpoint.ts';
import { identifierOf } from './expression.ts';
import { otherPorts } from './parameter/other-ports.ts';
import type { ParameterValue } from './parameter/types.ts';

/** Values of the context; a name that a Kubernetes cluster's record does not say is absent, and fails to render. */
export type RenderContext = Readonly<Partial<Record<ContextName, string | boolean | DiscoveryContext>>>;

/** A Pod of all its annotations has 256 KiB; a rendered fragment that is larger could never be admitted. */
export const RENDERED_CHARACTERS_MAX = 256 * 1_024;
/** An error of JSON-e is cut here: it may quote an expression. */
const WHY_CHARACTERS_MAX = 200;

/** Functions and values that JSON-e always has, hidden behind names that are no functions: no time, no loops. */
const HIDDEN = { now: null, fromNow: null, range: null, split: null, typeof: null, defined: null };

/**
 * Renders a part of a template. Values only ever stand where the template has an expression, as the scalars that they
 * are or inside a text; no result is rendered again.
 */
export function renderSource(
  { source }: Rendering,
  parameters: ReadonlyMap<string, ParameterValue>,
  context: RenderContext,
): Parsed<Readonly<Record<string, unknown>>> {
  const names: Record<string, unknown> = { ...context, ...HIDDEN, otherPorts };
  for (const [name, value] of parameters) names[identifierOf(name)] = value;
  let rendered: unknown;
  try {
    rendered = jsonE(source, names);
  } catch (error) {
    return failed(printable(String(error)).slice(0, WHY_CHARACTERS_MAX));
  }
  if (!isRecord(rendered)) return failed('the result is no object');
  if (isLargerThan(rendered, RENDERED_CHARACTERS_MAX)) {
    return failed(`the result has more than ${RENDERED_CHARACTERS_MAX} characters`);
  }
  return { valid: true, value: rendered };
}

function failed(message: string): { valid: false; faults: { path: string; message: string }[] } {
  return { valid: false, faults: [{ path: '', message }] };
}

/** Whether the texts, keys and values of a JSON value have more characters than `max`; stops counting there. */
function isLargerThan(value: unknown, max: number): boolean {
  let left = max;
  const queue: unknown[] = [value];
  while (queue.length > 0 && left >= 0) {
    const next = queue.pop();
    if (typeof next === 'string') left -= next.length;
    else if (Array.isArray(next)) queue.push(...next);
    else if (isRecord(next)) {
      for (const [key, inner] of Object.entries(next)) {
        left -= key.length;
        queue.push(inner);
      }
    }
    left -= 1;
  }
  return left < 0;
}
