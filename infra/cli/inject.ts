import { Command, Option } from 'commander';
import type { Operation } from 'fast-json-patch';
import { child } from '../../functions/injection/patch.ts';
import { createPlanMemo } from '../../functions/injection/plan-memo.ts';
import type { FleetState } from '../../functions/template/template-cache.ts';
import { TEMPLATES_DIR_DEFAULT } from '../local/local-store.ts';
import { STATE_DIR_DEFAULT } from '../local/state.ts';
import { decidePod } from './decide-pod.ts';
import { UsageError } from './errors.ts';
import { printInjected, type Result } from './inject-output.ts';
import { loadLocalState } from './local-state.ts';
import { patchDocument } from './patch-document.ts';
import { readSourceFile } from './source-file.ts';
import { findPods } from './workload.ts';
import { readDocuments, type YamlDocument } from './yaml-document.ts';

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
    .option('--template <name...>', 'apply exactly these templates: a b, or a,b (default: as the webhook decides)')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json', 'patch']).default('yaml'))
    .option('-n, --namespace <namespace>', 'namespace of documents that name none', 'default')
    .option('--templates <dir>', 'folder of sidecar templates', TEMPLATES_DIR_DEFAULT)
    .option('--state-dir <dir>', 'folder with the cluster record', STATE_DIR_DEFAULT)
    .action(async (options: Options) => {
      const state = await loadLocalState(options);
      const files = await Promise.all(options.filename.map(readSourceFile));
      const results = files.flatMap(({ text, file }) =>
        readDocuments(text, file).map((source, i) => ({ ...injectDocument(source, state, options), isFirst: i === 0 })),
      );
      for (const note of results.flatMap((r) => r.notes)) process.stderr.write(`${note}\n`);
      const errors = results.flatMap((r) => r.errors);
      // All or nothing: half a manifest must not reach kubectl.
      if (errors.length > 0) throw new UsageError(errors.join('\nerror: '));
      process.stdout.write(printInjected(results, options.output));
    });
}

function injectDocument(source: YamlDocument, state: FleetState, options: Options): Result {
  const plan = createPlanMemo();
  const operations: Operation[] = [];
  const notes: string[] = [];
  const errors: string[] = [];
  for (const found of findPods(source.value)) {
    const asked = options.template?.flatMap(splitNames);
    const { outcome } = decidePod(found, options.namespace, state, plan, asked);
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

/** `a,b`, as the annotation has it. */
function splitNames(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim());
}
