import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { IDLE_DEFAULT } from '../../functions/template/discovery-endpoint.ts';
import { durationMs } from '../../functions/template/parameter/types.ts';
import { IDLE_MS } from '../../infra/container/limits.ts';
import { DISCOVERY, leastMemory } from '../support/cost/memory.ts';
import { ASSUMED_BYTES, AT_REST, MOVING, OLDER } from '../support/cost/polls.ts';
import { PRICES } from '../support/cost/prices.ts';
import { TABLES } from '../support/cost/tables.ts';
import { CONTAINER, cheaperFrom, connectionsOfTask, monthly, perMillion } from '../support/cost/ways.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGES = ['cost.md', 'container.md'].map((page) => join(ROOT, 'docs', page));
const read = (file: string): string => readFileSync(file, 'utf8');
const COST = join(ROOT, 'docs', 'cost.md');
const text = (): string => read(COST).replaceAll(/\s+/g, ' ');
const containerText = (): string => read(join(ROOT, 'docs', 'container.md')).replaceAll(/\s+/g, ' ');
/** The parameters and settings of serverless.yml, which has tags that YAML readers stumble over. */
const serverless = read(join(ROOT, 'serverless.yml'));
const CONCURRENCY = Number(/^ {4}discoveryConcurrency: (\d+)$/m.exec(serverless)?.[1]);
const MEMORY = Number(/^ {2}discovery:\n[\s\S]*?memorySize: (\d+)/m.exec(serverless)?.[1]);
const DAY_SECONDS = 86_400;

/** A table between its marks. */
function block(name: string): RegExp {
  return new RegExp(`(<!-- ${name}: [^>]*-->\n)([^<]*)(<!-- /${name} -->)`);
}

test.each(Object.entries(TABLES))('the table "%s" is what its formulas say', (name, table) => {
  const file = PAGES.find((page) => block(name).test(read(page)));
  if (file === undefined) throw new Error(`no page has the marks of ${name}`);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(
      file,
      read(file).replace(block(name), (_, begin, __, end) => `${begin}\n${table()}\n${end}`),
    );
  }
  expect(block(name).exec(read(file))?.[2]?.trim()).toBe(table().trim());
});

test('every price of the tables is in the list', () => {
  const list = /^\| \| price \|\n([\s\S]*?)\n\n/m.exec(read(COST))?.[1] ?? '';
  const missing = Object.entries(PRICES).filter(([, price]) => {
    // In the list as people write it: 1.00, 0.0000133334.
    const written =
      price.toFixed(2) === String(price) || Number(price.toFixed(2)) === price ? price.toFixed(2) : String(price);
    return !new RegExp(`(^|[^0-9.])${written.replace('.', '\\.')}([^0-9]|$)`, 'm').test(list);
  });
  expect(missing).toEqual([]);
});

describe('the worked examples say the same', () => {
  test('of one request', () => {
    const { pollByUrl, httpApi, restApi, pollByHttpApi } = perMillion();
    for (const price of [httpApi, restApi, pollByUrl, pollByHttpApi]) {
      expect(text()).toContain(`= ${price.toFixed(2)} a million`);
    }
    expect(text()).toContain(`100,000 Pods a month: ${(httpApi / 10).toFixed(2)} dollars`);
  });

  test('of a flood', () => {
    const reviews = (2_000 * DAY_SECONDS) / 1_000_000;
    expect(text()).toContain(
      `= ${Math.round(reviews)} million × 1.67 = ${Math.floor(reviews * perMillion().httpApi)} dollars`,
    );
    const { refusedByUrl } = perMillion();
    const polls = (10 * CONCURRENCY * DAY_SECONDS) / 1_000_000;
    expect(text()).toContain(
      `= ${Math.floor(polls)} million × ${refusedByUrl.toFixed(2)} (a refused call leaves a line) = ${Math.floor(polls * refusedByUrl)} dollars`,
    );
  });

  test('of assumed sizes', () => {
    const { request, figures, answer, handshake } = ASSUMED_BYTES;
    const [two, more, nothing, hello] = [request, figures, answer, handshake].map((n) => n.toLocaleString('en-US'));
    expect(text()).toContain(`${two} bytes for a request with its token, ${more} more of figures`);
    expect(text()).toContain(`${nothing} for an answer that nothing has changed, and ${hello} for a handshake`);
  });

  test('of where the container is cheaper', () => {
    const [rest, older] = [AT_REST, OLDER].map((polling) => cheaperFrom(polling).toLocaleString('en-US'));
    expect(text()).toContain(`wins from some ${rest} proxies at rest, and from ${older} older sidecars`);
  });

  test('of the container', () => {
    expect(containerText()).toContain(`${CONTAINER.pollUs} µs over HTTP/2`);
    expect(containerText()).toContain(`1.2 and ${(CONTAINER.handshakeUs / 1_000).toFixed(1)} ms`);
    expect(containerText()).toContain(`60 and ${CONTAINER.connectionKb} KB, besides some ${CONTAINER.baseMb} MB`);
    const held = Math.floor(connectionsOfTask() / 100) * 100;
    expect(containerText()).toContain(
      `some ${held.toLocaleString('en-US')} connections: set \`OUTRIGGER_CONNECTIONS_MAX=${held}\``,
    );
  });
});

describe('what serverless.yml sets', () => {
  test('discovery has the least memory that fits', () => {
    expect(MEMORY).toBe(leastMemory());
    const { p50Us, p99Us, peakMb } = DISCOVERY;
    expect(text()).toContain(
      `a p50 of ${p50Us} µs and a p99 of ${p99Us} µs of a whole core, and a process of ${peakMb} MB`,
    );
  });

  test('discovery has the concurrency of 2,000 proxies while a release moves', () => {
    expect(10 * CONCURRENCY).toBe(2_000 * MOVING.perSecond);
    expect(text()).toContain(`\`discoveryConcurrency\` (${CONCURRENCY}) is for some 2,000 proxies`);
  });
});

test('a proxy at rest finds the connection to the container that it left', () => {
  // Its tick may add 6 s to what it was told.
  expect(IDLE_MS).toBeGreaterThan(durationMs(IDLE_DEFAULT) + 6_000);
});

test('the formulas: 1,000 proxies by hand', () => {
  // 1,000 / 63 s for 2,592,000 s are 41.14 million polls: × 0.23333 = 9.60; × 8,400 B = 345.6 GB × 0.055 = 19.01; a read a second = 0.324.
  expect(monthly(1_000, AT_REST).url).toBeCloseTo(9.6 + 19.01 + 0.324, 1);
  // And × 1.15 more for the API.
  expect(monthly(1_000, AT_REST).api).toBeCloseTo(9.6 + 19.01 + 0.324 + 41.143 * 1.15, 1);
  // Two tasks at 0.25 × 0.03238 + 1 × 0.00356 and a balancer at 0.0285 for 720 h; 345.6 GB × 0.01; two reads a second.
  expect(monthly(1_000, AT_REST).container).toBeCloseTo(720 * (2 * 0.011655 + 0.0285) + 3.456 + 0.648, 1);
  expect(1_000 * OLDER.perSecond).toBeCloseTo(177.8, 1);
});
