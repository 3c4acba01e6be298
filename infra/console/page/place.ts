/** A canary, by its place. */
export interface Key {
  readonly namespace: string;
  readonly name: string;
}

/** What the address names: the list, or a release. */
export type Place = { readonly view: 'releases'; readonly filter: string } | ({ readonly view: 'release' } & Key);

/** Reads the fragment: `#/releases/shop/cart`, `#/releases?filter=shop`. */
export function placeOf(fragment: string): Place {
  const [path = '', search = ''] = fragment.replace(/^#/, '').split('?');
  const [, view, namespace, name] = path.split('/').map(decoded);
  if (view === 'releases' && namespace && name) return { view: 'release', namespace, name };
  return { view: 'releases', filter: new URLSearchParams(search).get('filter') ?? '' };
}

/** The address of a release. */
export function linkTo({ namespace, name }: Key): string {
  return `#/releases/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
