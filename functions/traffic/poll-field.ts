import { ROUTE_CONFIGURATION } from './xds/names.ts';
import { isOwnVersion } from './xds/version.ts';
import { RESOURCE_TYPES } from './xds/xds.ts';

/** Everything but the node is that short in one field. */
const FIELD_CHARACTERS_MAX = 4_096;

/** What a field holds, and how it stands in a body. */
export interface FieldText {
  readonly text: string;
  readonly parsed: unknown;
}

/** What these fields hold in almost every poll. The values are ours: nothing of a body is kept with them. */
const USUAL: readonly FieldText[] = [...Object.values(RESOURCE_TYPES), [ROUTE_CONFIGURATION]].map(textOf);
/** The version that was read last: most proxies run the one that others run. */
let latest: FieldText | undefined;

/**
 * Reads a field of a poll by its text; undefined for what is no JSON, or too long. Nothing of the body is kept: a slice of it
 * would keep all of it in memory for as long as the version is, 77 KB a proxy.
 */
export function readField(text: string): FieldText | undefined {
  // By comparison: a map would have to work out the hash of each text first.
  if (latest !== undefined && text === latest.text) return latest;
  for (const usual of USUAL) if (text === usual.text) return usual;
  return parseField(text);
}

function parseField(text: string): FieldText | undefined {
  if (text.length > FIELD_CHARACTERS_MAX) return undefined;
  try {
    // The parser copies.
    const field = textOf(JSON.parse(text));
    if (isOwnVersion(field.parsed)) latest = field;
    return field;
  } catch {
    return undefined;
  }
}

function textOf(parsed: unknown): FieldText {
  return { text: JSON.stringify(parsed), parsed };
}
