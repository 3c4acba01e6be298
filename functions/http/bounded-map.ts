/**
 * Puts an entry into a map as its newest. Where that makes more than `most`, the oldest one goes: the one that was put
 * longest ago. To put an entry at each use as well makes it the one that was used longest ago.
 *
 * @returns the value that went; undefined where none did
 */
export function putNewest<K, V>(map: Map<K, V>, key: K, value: V, most: number): V | undefined {
  map.delete(key);
  const dropped = map.size < most ? undefined : dropOldest(map);
  map.set(key, value);
  return dropped;
}

/** Takes the oldest entry out of a map. @returns its value; undefined where the map is empty */
export function dropOldest<K, V>(map: Map<K, V>): V | undefined {
  const oldest = map.entries().next();
  if (oldest.done === true) return undefined;
  const [key, value] = oldest.value;
  map.delete(key);
  return value;
}
