import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { isRecord } from '../../../functions/json/faults.ts';
import type { Json } from '../../../functions/json/json.ts';
import { type ApiOptions, openApi, type ReleaseApi, withApiOptions } from './connection.ts';
import { type EvidenceWindow, readEvidence } from './evidence-view.ts';
import { readCanary } from './rows.ts';
import { ServerError } from './server-error.ts';
import { type ReleaseView, renderStatus } from './status-view.ts';
import { passes } from './watch.ts';

interface Options extends ApiOptions {
  readonly watch?: boolean;
}

/** Windows last five seconds; an answer is three small reads. */
const WATCH_MS = 2_000;
const NOT_FOUND = 404;
/** Moves to the top left and clears what is there (ECMA-48, CUP and ED). */
const CLEAR = '\u001b[H\u001b[2J';

/** `outrigger canary status NAME [-w]`: what a release does, and what its callers see of it. */
export function statusCommand(): Command {
  return withApiOptions(new Command('status'))
    .description(
      'Show a release: phase, step, verdict, weights set, served and measured, proxies, conditions, evidence.',
    )
    .argument('<name>')
    .option('-w, --watch', 'go on, and show it again when something has changed')
    .action(async (name: string, { watch = false, ...options }: Options) => {
      const api = await openApi(options);
      const key = { namespace: options.namespace ?? 'default', name };
      let shown = await look(api, key);
      process.stdout.write(shown.text);
      while (watch) {
        await wait(WATCH_MS);
        const next = await look(api, key).catch((error: unknown) => {
          if (passes(error)) return undefined;
          throw error;
        });
        // While the endpoint does not answer, what is shown stays. A terminal also shows that time goes by.
        const { isTTY } = process.stdout;
        if (next === undefined || (isTTY ? next.text === shown.text : next.state === shown.state)) continue;
        shown = next;
        process.stdout.write(isTTY ? `${CLEAR}${shown.text}` : `\n${shown.text}`);
      }
    });
}

/** A release as text, and the same without the times that go by: it tells whether anything has changed. */
async function look(
  api: ReleaseApi,
  key: { readonly namespace: string; readonly name: string },
): Promise<{ readonly text: string; readonly state: string }> {
  const view = await readRelease(api, key);
  return { text: renderStatus(view, Date.now()), state: renderStatus(view, 0) };
}

/** Reads a release; throws ServerError where there is none. */
async function readRelease(
  api: ReleaseApi,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<ReleaseView> {
  const path = `canaries/${encodeURIComponent(name)}`;
  const canary = readCanary((await api.ask({ method: 'GET', namespace, path })).text);
  const [proxies, evidence] = await Promise.all([
    api.ask({ method: 'GET', namespace, path: `${path}/proxies` }).then(({ text }) => recordOf(text)),
    evidenceOf(api, namespace, `${path}/evidence`),
  ]);
  return { canary, proxies, evidence };
}

/** Undefined: a control plane of an older version, or one without a memory for it. */
async function evidenceOf(
  api: ReleaseApi,
  namespace: string,
  path: string,
): Promise<readonly EvidenceWindow[] | undefined> {
  try {
    return readEvidence((await api.ask({ method: 'GET', namespace, path })).text);
  } catch (error) {
    if (error instanceof ServerError && error.status === NOT_FOUND) return undefined;
    throw error;
  }
}

function recordOf(text: string): Json {
  const value: unknown = JSON.parse(text);
  return isRecord(value) ? value : {};
}
