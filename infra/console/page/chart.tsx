import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** One line of a chart; its colour is a custom property of the style sheet. */
export interface Line {
  readonly label: string;
  readonly colour: '--stable' | '--canary' | '--ink' | '--bad';
  readonly values: readonly (number | null)[];
  readonly dashed?: boolean;
  /** Drawn as steps: it holds until the next. */
  readonly stepped?: boolean;
  /** Filled down to the next line of the chart. */
  readonly band?: boolean;
}

interface Props {
  readonly title: string;
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  /** The value as text. */
  readonly text: (value: number) => string;
  /** Undefined: what the values need, from 0 on. */
  readonly range?: readonly [number, number] | undefined;
}

const HEIGHT = 132;
const SYNC = uPlot.sync('release');

/** A small chart over time; all charts of a page share one cursor. Its last values are also there as text. */
export function Chart({ title, at, lines, text, range }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const data: uPlot.AlignedData = [[...at], ...lines.map(({ values }) => [...values])];
  // Colours are read when a chart is made: another theme makes another.
  const theme = useTheme();
  const shape = `${theme} ${lines.map(({ label }) => label).join()}`;
  const plot = useRef<uPlot>(undefined);
  // It grows with the values, and a chart lasts.
  const bounds = useRef(range);
  bounds.current = range;
  useEffect(() => {
    const parent = place.current;
    if (parent === null) return undefined;
    const made = new uPlot(optionsOf(parent, { lines, text, bounds: () => bounds.current }), data, parent);
    plot.current = made;
    const sized = new ResizeObserver(() => made.setSize({ width: widthOf(parent), height: HEIGHT }));
    sized.observe(parent);
    return () => {
      sized.disconnect();
      made.destroy();
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data), [at, lines]);
  return (
    <figure class="chart">
      <figcaption>
        <b>{title}</b>
        {lines
          .filter(({ label }) => label !== '')
          .map(({ label, colour, values }) => (
            <span class="key" key={label}>
              <i class={`swatch ${colour.slice(2)}`} />
              {label} {lastOf(values, text)}
            </span>
          ))}
      </figcaption>
      <div class="plot" ref={place} aria-hidden="true" />
    </figure>
  );
}

function lastOf(values: Line['values'], text: Props['text']): string {
  const value = values.findLast((each) => each !== null);
  return value === undefined || value === null ? '–' : text(value);
}

function widthOf(parent: HTMLElement): number {
  return Math.max(120, Math.floor(parent.getBoundingClientRect().width));
}

function optionsOf(
  parent: HTMLElement,
  { lines, text, bounds }: Pick<Props, 'lines' | 'text'> & { readonly bounds: () => Props['range'] },
): uPlot.Options {
  const style = getComputedStyle(parent);
  const colourOf = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colourOf('--quiet'),
    grid: { stroke: colourOf('--rule'), width: 1 },
    ticks: { show: false },
    font: '11px ui-monospace, monospace',
  };
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    width: widthOf(parent),
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: SYNC.key }, y: false, points: { size: 5 } },
    scales: { y: { range: (_, low, high) => [...(bounds() ?? spread(low, high))] } },
    axes: [
      { ...axis, size: 24, space: 80, values: (_, ticks) => ticks.map(timeOf) },
      { ...axis, size: 52, space: 28, values: (_, ticks) => ticks.map(text) },
    ],
    bands: lines.flatMap(({ band }, i) =>
      band === true ? [{ series: [i + 2, i + 1] as [number, number], fill: colourOf('--band') }] : [],
    ),
    series: [
      {},
      ...lines.map(({ colour, dashed, stepped: isStepped }) => ({
        stroke: colourOf(colour),
        width: 1.5,
        points: { show: false },
        spanGaps: false,
        ...(dashed === true ? { dash: [4, 4] } : {}),
        ...(isStepped === true && stepped !== undefined ? { paths: stepped } : {}),
      })),
    ],
  };
}

/** `09:05`, and `09:05:30` between minutes, as clocks here show it. */
function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toTimeString().slice(0, seconds % 60 === 0 ? 5 : 8);
}

/** From 0 on, and never without height. */
function spread(low: number | null, high: number | null): [number, number] {
  const top = Math.max(high ?? 0, 0);
  return [Math.min(0, low ?? 0), top === 0 ? 1 : top * 1.1];
}

function useTheme(): string {
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}
