/** A line of a stream, from 1 on; undefined where it is longer than allowed. */
export interface Line {
  readonly number: number;
  readonly text: string | undefined;
}

/**
 * The lines of a stream, without those that are blank. A line that is too long is not kept: its number comes without text.
 *
 * @param max characters of a line
 */
export async function* linesOf(chunks: AsyncIterable<string>, max: number): AsyncGenerator<Line> {
  let [number, text] = [1, ''];
  let isTooLong = false;
  const take = (part: string): void => {
    isTooLong ||= text.length + part.length > max;
    text = isTooLong ? '' : text + part;
  };
  const line = (): Line | undefined => {
    if (isTooLong) return { number, text: undefined };
    return text.trim() === '' ? undefined : { number, text };
  };
  for await (const chunk of chunks) {
    const parts = chunk.split('\n');
    for (const [i, part] of parts.entries()) {
      take(part);
      if (i === parts.length - 1) break;
      const whole = line();
      if (whole !== undefined) yield whole;
      [number, text, isTooLong] = [number + 1, '', false];
    }
  }
  const last = line();
  if (last !== undefined) yield last;
}
