import { PARAMETER_TYPES } from './types.ts';

const PORT_MAX = 65_535;

/**
 * `otherPorts(list)` of a template's expressions: all ports but those of a `portList`, as ranges in ascending order, for
 * programs that take only the ports to leave alone. `80,443` gives `1-79,81-442,444-65535`. Throws for what is no
 * portList, which fails the rendering.
 */
export function otherPorts(list: unknown): string {
  if (typeof list !== 'string' || PARAMETER_TYPES.portList.read(list) === undefined) {
    throw new TypeError('otherPorts takes a portList such as 80,443');
  }
  const ports = list === '' ? [] : list.split(',').map(Number);
  const ranges: string[] = [];
  let from = 1;
  for (const port of [...ports.toSorted((a, b) => a - b), PORT_MAX + 1]) {
    if (port > from) ranges.push(port - 1 === from ? `${from}` : `${from}-${port - 1}`);
    from = Math.max(from, port + 1);
  }
  return ranges.join(',');
}
