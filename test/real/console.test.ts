import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { createLog } from '../../functions/log.ts';
import { createGateway } from '../../infra/local/server/gateway.ts';
import { openLocalStore, TEMPLATES_DIR_DEFAULT } from '../../infra/local/server/local-store.ts';
import { openLocalRelease } from '../../infra/local/server/release.ts';
import { startChromium, whyNotChromium } from './support/chromium.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { portOf } from './support/loopback-app.ts';
import { type ReleaseBed, startReleaseBed } from './support/release-bed.ts';
import { SHORT_WINDOWS } from './support/short-windows.ts';
import { type Behaviour, responding, type SteadyLoad, startSteadyLoad, startTrack } from './support/steady-service.ts';
import { describeReal } from './support/suite.ts';

const DONE_MS = 200_000;
const SHOWN_MS = 20_000;
/** What is looked at afterwards, by people. */
const PICTURES = join(import.meta.dirname, '..', '..', 'coverage', 'console');
const SLOWLY = { ...SHORT_WINDOWS, analysis: { ...SHORT_WINDOWS.analysis, minimum: { time: '10m', responses: 50 } } };
const SERVICES: Readonly<Record<string, { canary: Behaviour; strategy: object }>> = {
  good: { canary: responding(2, 1_000), strategy: SHORT_WINDOWS },
  bad: { canary: responding(2, 20), strategy: SHORT_WINDOWS },
  stopped: { canary: responding(2), strategy: SLOWLY },
};
/** A reason is text of any caller who may release. */
const HOSTILE = '<img src=x onerror="document.title=\'hacked\'">';

const whyNot = async (): Promise<string | undefined> => (await whyNotEnvoy()) ?? (await whyNotChromium());

await describeReal('the console in a real browser, over real releases', whyNot, () => {
  let bed: ReleaseBed;
  let browser: Browser;
  let page: Page;
  let url = '';
  let folder = '';
  const ends: (() => unknown)[] = [];
  const loads: SteadyLoad[] = [];
  const faults: string[] = [];

  beforeAll(async () => {
    await mkdir(PICTURES, { recursive: true });
    folder = await mkdtemp(join(tmpdir(), 'outrigger-console-'));
    browser = await startChromium();
    bed = await startReleaseBed(4);
    for (const [name, { canary, strategy }] of Object.entries(SERVICES)) {
      const [stable, next] = [await startTrack(responding(2, 1_000)), await startTrack(canary)];
      ends.push(
        () => stable.stop(),
        () => next.stop(),
      );
      await bed.create(name, { stable: stable.port, canary: next.port }, strategy);
    }
    await bed.staged();
    for (const name of Object.keys(SERVICES))
      loads.push(startSteadyLoad(bed.proxies, name, { rate: 60, isGrpc: false }));
    const templates = openLocalStore(TEMPLATES_DIR_DEFAULT, folder, () => ({ discovery: bed.mesh.discovery }));
    const log = createLog(() => {}, Date.now);
    const gateway = createGateway(openLocalRelease(templates, bed.store, { token: undefined, scheme: 'http' }, log));
    gateway.listen(0, '127.0.0.1');
    await once(gateway, 'listening');
    url = `http://127.0.0.1:${portOf(gateway)}`;
    ends.push(
      () => gateway.close(),
      () => gateway.closeAllConnections(),
    );
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) faults.push(`asked ${request.url()}`);
    });
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all(loads.map(async (load) => await load.stop()));
    await bed?.stop();
    for (const end of ends) await end();
    await rm(folder, { recursive: true, force: true });
  });
  const open = async (name: string): Promise<void> => {
    await page.goto(`${url}/#/releases/shop/${name}`);
    await page.getByRole('heading', { name: `shop / ${name}` }).waitFor({ timeout: SHOWN_MS });
  };

  test('a list is walked by keys, and a release is started and aborted by its buttons', async () => {
    await page.goto(`${url}/`);
    await page.getByRole('link', { name: /^stopped/ }).waitFor({ timeout: SHOWN_MS });
    for (const key of ['j', 'j', 'j', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('heading', { name: 'shop / stopped' }).waitFor({ timeout: SHOWN_MS });
    for (const name of ['good', 'bad', 'stopped']) {
      await open(name);
      await page.getByRole('button', { name: 'start' }).click();
      await page.getByText('start: done').waitFor({ timeout: SHOWN_MS });
    }
    await bed.until('stopped', ({ status }) => status.weights.canary > 0, DONE_MS);
    await page.getByLabel('why, for the history').fill(HOSTILE);
    await page.getByRole('button', { name: 'Abort' }).click();
    await page.getByText('abort: done').waitFor({ timeout: SHOWN_MS });
    const { status } = await bed.canary('stopped');
    expect([status.phase, status.weights.canary]).toEqual(['Failed', 0]);
    await page.getByRole('region', { name: 'History' }).getByText(HOSTILE).waitFor({ timeout: SHOWN_MS });
    expect([await page.title(), await page.locator('img').count()]).toEqual(['Outrigger', 0]);
  });

  test('a bad one is seen to be convicted', async () => {
    await open('bad');
    await bed.until('bad', ({ status }) => status.phase === 'Failed', DONE_MS);
    await page.locator('.sentence', { hasText: /: convicted$/ }).waitFor({ timeout: SHOWN_MS });
    const evidence = page.getByRole('region', { name: 'Evidence' });
    expect(await evidence.getByText(/^E \S/).textContent()).toMatch(/^E (\d{2,}|1e\d+)$/);
    await page.screenshot({ path: join(PICTURES, 'convicted.png') });
  });

  test('a good one is watched to its end, and promoted', async () => {
    await open('good');
    await bed.until('good', (one) => runningRelease(one)?.state === 'WaitingPromotion', DONE_MS);
    await page.locator('.phase', { hasText: 'WaitingPromotion' }).waitFor({ timeout: SHOWN_MS });
    expect(await page.locator('.weights').textContent()).toMatch(/set100 %.*served100 %/);
    await page.getByRole('button', { name: 'promote' }).click();
    await page.locator('.phase', { hasText: 'Succeeded' }).waitFor({ timeout: SHOWN_MS });
  });

  test.each(
    (['light', 'dark'] as const).flatMap((colorScheme) => [360, 1_440].map((width) => [colorScheme, width] as const)),
  )('%s, %i px: nothing overflows, and axe finds nothing serious', async (colorScheme, width) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 1_000 });
    for (const name of ['', 'bad']) {
      await page.goto('about:blank');
      await page.goto(`${url}/${name === '' ? '' : `#/releases/shop/${name}`}`);
      await page
        .locator(name === '' ? '.row' : '.sentence')
        .first()
        .waitFor({ timeout: SHOWN_MS });
      await page.screenshot({
        path: join(PICTURES, `${name || 'releases'}-${colorScheme}-${width}.png`),
        fullPage: true,
      });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      await page.evaluate(axe.source);
      const found: { violations: { id: string; impact: string; nodes: { html: string }[] }[] } =
        await page.evaluate('axe.run()');
      const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    }
  });

  test('no error stands in the browser’s console, and nothing was asked elsewhere', async () => {
    await writeFile(join(PICTURES, 'faults.json'), JSON.stringify(faults));
    expect(faults).toEqual([]);
  });
});
