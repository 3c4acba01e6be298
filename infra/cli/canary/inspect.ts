import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import { isRecord, printable } from '../../../functions/json/faults.ts';
import { table } from '../output.ts';
import { type ApiOptions, openApi, withApiOptions } from './connection.ts';
import { renderProxies } from './proxies-view.ts';

interface Options extends ApiOptions {
  readonly output?: 'json' | 'yaml';
  readonly proxyNamespace?: string;
  readonly limit?: string;
}

/** What a canary can be asked, beside for itself. */
const QUESTIONS = {
  preview: 'Print what the proxies of a namespace are answered now: listeners, clusters, routes.',
  proxies: 'List the proxies that reports name: what they run, whether they follow, and when they polled last.',
  history: 'List who changed the canary, newest first.',
} as const;

/** `outrigger canary preview|proxies|history NAME`. */
export function inspectCommand(question: keyof typeof QUESTIONS): Command {
  const command = withApiOptions(new Command(question))
    .description(QUESTIONS[question])
    .argument('<name>')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json', 'yaml']));
  if (question === 'preview') command.option('--proxy-namespace <namespace>', 'whose proxies (default: the canary’s)');
  if (question === 'history') command.option('--limit <number>', 'at most so many entries', '50');
  return command.action(async (name: string, { output, proxyNamespace, limit, ...options }: Options) => {
    const api = await openApi(options);
    const path = `canaries/${encodeURIComponent(name)}/${question}`;
    const namespace = options.namespace ?? 'default';
    const { text } = await api.ask({ method: 'GET', namespace, path, query: { proxyNamespace, limit } });
    const value: unknown = JSON.parse(text);
    process.stdout.write(textOf(question, value, output));
  });
}

function textOf(question: keyof typeof QUESTIONS, value: unknown, output: 'json' | 'yaml' | undefined): string {
  if (output === 'json') return `${JSON.stringify(value, null, 4)}\n`;
  if (output === undefined && question === 'proxies' && isRecord(value)) {
    const text = renderProxies(value, Date.now());
    if (text !== undefined) return text;
  }
  const items = isRecord(value) ? value['items'] : undefined;
  if (output === undefined && question === 'history' && Array.isArray(items)) {
    return table(
      ['TIME', 'VERB', 'FROM', 'TO', 'STEP', 'WHO', 'VERDICT', 'REASON'],
      items.filter(isRecord).map(historyRow),
    );
  }
  return stringify(value, { lineWidth: 0 });
}

function historyRow(entry: Readonly<Record<string, unknown>>): readonly string[] {
  const { time, verb, from, to, release, who, verdict, reason } = entry;
  const cells = [time, verb, weightsText(from), weightsText(to), stepText(release), who, verdict ?? '-', reason ?? ''];
  return cells.map((cell) => printable(String(cell)));
}

/** States behind the last step, which have no step of their own. */
const BEHIND = ['WaitingPromotion', 'Promoted'];

/** Where the change leaves a release: its step, counted from 1 on, and its state. */
function stepText(release: unknown): string {
  if (!isRecord(release)) return '-';
  const { step, state } = release;
  const isAtStep = typeof step === 'number' && step >= 0 && !BEHIND.includes(String(state));
  return isAtStep ? `${step + 1} ${state}` : String(state);
}

function weightsText(weights: unknown): string {
  return isRecord(weights) ? `${weights['stable']}/${weights['canary']}` : '<none>';
}
