import { DISCOVERY, leastMemory, pollMs, SIZES_MB } from './memory.ts';
import { AT_REST, MOVING, OLDER, type Polling } from './polls.ts';
import { MONTH_HOURS } from './prices.ts';
import { CONTAINER, istiodMonthly, monthly, TASK, tasksFor } from './ways.ts';

const FLEETS = [10, 100, 1_000, 2_000, 10_000];

/** The tables of docs/cost.md and docs/container.md, by the names of their marks. */
export const TABLES: Readonly<Record<string, () => string>> = {
  'polls at rest': () => monthTable(AT_REST, true),
  'polls of older sidecars': () => monthTable(OLDER, false),
  'polls while a release moves': movingTable,
  'memory of discovery': memoryTable,
  'size of the container': sizeTable,
};

function monthTable(polling: Polling, withIstiod: boolean): string {
  const head = ['proxies', 'polls/s', 'million polls a month', 'Function URL', 'HTTP API', 'container'];
  const rows = FLEETS.map((proxies) => {
    const { url, api, container } = monthly(proxies, polling);
    const rate = proxies * polling.perSecond;
    const cells = [count(proxies), rate.toFixed(1), (rate * MONTH_HOURS * 0.0036).toFixed(1)];
    return [...cells, ...[url, api, container, ...(withIstiod ? [istiodMonthly(proxies)] : [])].map(dollars)];
  });
  return table([...head, ...(withIstiod ? ['istiod'] : [])], rows);
}

function movingTable(): string {
  const head = ['proxies', 'polls/s', 'Function URL', 'HTTP API', 'container', 'concurrency at 10 a second each'];
  const rows = FLEETS.map((proxies) => {
    const { url, api, container } = monthly(proxies, MOVING);
    const rate = proxies * MOVING.perSecond;
    const hourly = [url, api, container].map((month) => (month / MONTH_HOURS).toFixed(3));
    return [count(proxies), rate.toFixed(0), ...hourly, count(Math.ceil(rate / 10))];
  });
  return table(head, rows);
}

function memoryTable(): string {
  const rows = SIZES_MB.map((size) => [
    `${size === leastMemory() ? `**${size} MB**` : `${size} MB`}`,
    `${(size / DISCOVERY.peakMb).toFixed(1)} ×`,
    pollMs(size, DISCOVERY.p50Us).toFixed(1),
    pollMs(size, DISCOVERY.p99Us).toFixed(1),
  ]);
  return table(['memory', 'of the measured peak', 'p50, ms', 'p99, ms'], rows);
}

function sizeTable(): string {
  const rows = FLEETS.map((proxies) => [
    count(proxies),
    ...[AT_REST, OLDER, MOVING].map((polling) => String(tasksFor(proxies, polling))),
    `${Math.round((proxies * CONTAINER.connectionKb) / 1_024)} MB`,
  ]);
  const of = `of ${TASK.vcpu} vCPU and ${TASK.gb} GB`;
  const head = ['proxies', `tasks ${of}, at rest`, 'older sidecars', 'a release moves', 'connections hold'];
  return table(head, rows);
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

function dollars(value: number): string {
  return value.toFixed(2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}
