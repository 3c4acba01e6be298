import { Command, Option } from 'commander';
import type { Operation } from 'fast-json-patch';
import { createPlanMemo } from '../../../functions/injection/plan/plan-memo.ts';
import { child } from '../../../functions/kubernetes/json-patch.ts';
import type { FleetState } from '../../../functions/template-store/cache/fleet-state.ts';
import { UsageError } from '../errors.ts';
import { loadState } from '../state.ts';
import type { YamlDocument } from '../yaml-document.ts';
import { decidePod } from './decide-pod.ts';
import { printInjected, type Result } from './inject-output.ts';
import { patchDocument } from './patch-document.ts';
import { type PodOptions, readManifests, withPodOptions } from './pod-options.ts';
import { findPods } from './workload.ts';

interface Options extends PodOptions {
  readonly output: 'yaml' | 'json' | 'patch';
}

/** `outrigger inject`: what `istioctl kube-inject` does, with our templates. */
export function injectCommand(): Command {
  return withPodOptions(new Command('inject'))
    .description(
      'Inject sidecars into the Pods and Pod templates of manifests; everything else passes through as it is.',
    )
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json', 'patch']).default('yaml'))
    .action(async (options: Options) => {
      const state = await loadState(options);
      const results = (await readManifests(options.filename)).flatMap((documents) =>
        documents.map((source, i) => ({ ...injectDocument(source, state, options), isFirst: i === 0 })),
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
    const { outcome } = decidePod(found, options.namespace, state, plan, options.template, 'status');
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
