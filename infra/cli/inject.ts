import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import type { Operation } from 'fast-json-patch';
import { guardRequest } from '../../functions/injection/decision.ts';
import { mutatePod, type Outcome, skipped } from '../../functions/injection/mutate-pod.ts';
import { child } from '../../functions/injection/patch.ts';
import { createPlanMemo } from '../../functions/injection/plan-memo.ts';
import { createTemplateCache, type FleetState } from '../../functions/template/template-cache.ts';
import { LOCAL_CLUSTER } from '../local/doors.ts';
import { openLocalStore, TEMPLATES_DIR_DEFAULT } from '../local/local-store.ts';
import { STATE_DIR_DEFAULT } from '../local/state.ts';
import { codeOf, UsageError } from './errors.ts';
import { patchDocument } from './patch-document.ts';
import { findPods, type PodSource } from './workload.ts';
import { documentValue, readDocuments, toJson, type YamlDocument } from './yaml-document.ts';

interface Options {
  readonly filename: readonly string[];
  readonly template?: readonly string[];
  readonly output: 'yaml' | 'json' | 'patch';
  readonly namespace: string;
  readonly templates: string;
  readonly stateDir: string;
}

/** `outrigger inject`: what `istioctl kube-inject` does, with our templates. */
export function injectCommand(): Command {
  return new Command('inject')
    .description(
      'Inject sidecars into the Pods and Pod templates of manifests; everything else passes through as it is.',
    )
    .requiredOption('-f, --filename <file...>', 'manifest in YAML or JSON, - for standard input')
    .option('--template <name...>', 'apply exactly these templates (default: as the webhook would decide)')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json', 'patch']).default('yaml'))
    .option('-n, --namespace <namespace>', 'namespace of documents that name none', 'default')
    .option('--templates <dir>', 'folder of sidecar templates', TEMPLATES_DIR_DEFAULT)
    .option('--state-dir <dir>', 'folder with the cluster record', STATE_DIR_DEFAULT)
    .action(async (options: Options) => {
      const state = await loadState(options);
      const files = await Promise.all(options.filename.map(readSource));
      const results = files.flatMap(({ text, file }) =>
        readDocuments(text, file).map((source, i) => ({ ...injectDocument(source, state, options), isFirst: i === 0 })),
      );
      for (const note of results.flatMap((r) => r.notes)) process.stderr.write(`${note}\n`);
      const errors = results.flatMap((r) => r.errors);
      // All or nothing: half a manifest must not reach kubectl.
      if (errors.length > 0) throw new UsageError(errors.join('\nerror: '));
      process.stdout.write(print(results, options.output));
    });
}

interface Result {
  readonly source: YamlDocument;
  /** The operations on the whole document. */
  readonly operations: readonly Operation[];
  readonly notes: readonly string[];
  readonly errors: readonly string[];
}

/** A document, and whether a file begins with it. */
type Printed = Result & { readonly isFirst: boolean };

function injectDocument(source: YamlDocument, state: FleetState, options: Options): Result {
  const plan = createPlanMemo();
  const operations: Operation[] = [];
  const notes: string[] = [];
  const errors: string[] = [];
  for (const found of findPods(source.value)) {
    const outcome = decide(found, state, options, plan);
    notes.push(...outcome.warnings.map((w) => `${found.title}: warning: ${w}`));
    if (outcome.verdict === 'deny' || outcome.verdict === 'fail') {
      errors.push(`${found.title}: ${outcome.sentence} (${outcome.reason})`);
    } else if (outcome.operations.length === 0) {
      notes.push(`${found.title}: not changed: ${outcome.sentence} (${outcome.reason})`);
    }
    patchDocument(source.document, found.path, outcome.operations);
    const prefix = found.path.reduce<string>(child, '');
    operations.push(...outcome.operations.map((o) => ({ ...o, path: prefix + o.path })));
  }
  return { source, operations, notes, errors };
}

/** The webhook's own guards, decision and injection, on a Pod that is not in a cluster yet. */
function decide(
  found: PodSource,
  state: FleetState,
  options: Options,
  plan: ReturnType<typeof createPlanMemo>,
): Outcome {
  const namespace = found.namespace ?? options.namespace;
  const guard = guardRequest({
    uid: '',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: '',
    name: undefined,
    namespace,
    operation: 'CREATE',
    dryRun: true,
    object: found.pod,
  });
  return guard === undefined
    ? mutatePod(structuredClone(found.pod), namespace, state, plan, options.template)
    : skipped(guard);
}

function print(results: readonly Printed[], output: Options['output']): string {
  if (output === 'yaml') return joinYaml(results);
  const filled = results.filter((r) => r.source.value !== null);
  if (output === 'patch') return filled.map((r) => `${JSON.stringify(r.operations)}\n`).join('');
  const values = filled.map((r) => documentValue(r.source.document));
  return `${toJson(values.length === 1 ? values[0] : { apiVersion: 'v1', kind: 'List', items: values })}\n`;
}

/** Untouched documents keep their very text; touched ones keep their comments. */
function joinYaml(results: readonly Printed[]): string {
  return results
    .map(({ source, operations, isFirst }, i) => {
      const text = operations.length === 0 ? source.text : source.document.toString({ lineWidth: 0 });
      const separator = i > 0 && isFirst && !beginsDocument(text) ? '---\n' : '';
      return `${separator}${text}${text.endsWith('\n') ? '' : '\n'}`;
    })
    .join('');
}

/** Whether a text opens with `---`, perhaps after comments: then it needs no separator before it. */
function beginsDocument(text: string): boolean {
  const first = text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#'));
  return first?.startsWith('---') === true;
}

async function readSource(file: string): Promise<{ text: string; file: string }> {
  if (file === '-') return { text: await readAll(process.stdin), file: 'standard input' };
  try {
    return { text: await readFile(file, 'utf8'), file };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new UsageError(`there is no file ${file}`);
    if (codeOf(error) === 'EISDIR') throw new UsageError(`${file} is a folder; name a file, or - for standard input`);
    throw error;
  }
}

async function loadState({ templates, stateDir }: Options): Promise<FleetState> {
  const faults: string[] = [];
  const cache = createTemplateCache(openLocalStore(resolve(templates), resolve(stateDir)), {
    ttlMs: 60_000,
    readMs: 10_000,
    serveStale: false,
    now: Date.now,
    random: Math.random,
    report: ({ what, name, why }) => faults.push(`${what}: ${name}: ${why}`),
  });
  const state = await cache.stateFor(LOCAL_CLUSTER, 10_000).catch(() => undefined);
  if (state === undefined) throw new UsageError(`no templates can be read from ${templates}: ${faults.join('; ')}`);
  for (const fault of faults) process.stderr.write(`warning: ${fault}\n`);
  return state;
}
