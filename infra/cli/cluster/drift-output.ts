import { stringify } from 'yaml';
import type { DriftReport, TemplateDrift, WorkloadDrift } from '../../../functions/drift/report.ts';
import { printable } from '../../../functions/json/faults.ts';
import { table } from '../output.ts';
import { toJson } from '../yaml-document.ts';

/** The formats of `-o`, as kubectl get has them. */
export type DriftFormat = 'json' | 'yaml' | 'wide' | 'name';

/** A report in a format; without one as a table of workloads, with the commands that fix them below. */
export function driftText(report: DriftReport, format: DriftFormat | undefined): string {
  switch (format) {
    case 'json':
      return `${toJson(report)}\n`;
    case 'yaml':
      return stringify(report, { lineWidth: 0, aliasDuplicateObjects: false });
    case 'name':
      return report.workloads.map((workload) => `${titleOf(workload)}\n`).join('');
    default:
      return described(report, format === 'wide');
  }
}

/** `deployment/web`. */
function titleOf({ kind, name }: WorkloadDrift): string {
  return printable(`${kind.toLowerCase()}/${name}`);
}

function described(report: DriftReport, isWide: boolean): string {
  const { workloads, drifted, pods, podsLeftOut, asOf, namespace } = report;
  const where = namespace === undefined ? report.metadata.name : `namespace ${namespace} of ${report.metadata.name}`;
  const of = `${pods} running Pods of ${printable(where)}, as of ${asOf}`;
  if (drifted === 0) return `No drift: ${of}.\n`;
  const wide = isWide ? ['REFUSED', 'EXAMPLES'] : [];
  const titles = ['NAMESPACE', 'KIND', 'NAME', 'PODS', 'MISSING', 'OUTDATED', 'EXTRA', 'TEMPLATES', ...wide];
  const left = podsLeftOut === 0 ? '' : `${podsLeftOut} more Pods differ, of workloads that are not listed.\n`;
  return [
    table(
      titles,
      workloads.map((workload) => rowOf(workload, isWide)),
    ),
    left,
    `\n${drifted} of ${of}, differ.\n`,
    section(
      'To restart them:',
      workloads.flatMap(({ command }) => command ?? []),
    ),
    section(
      'A restart does not fix these:',
      workloads.flatMap((workload) =>
        workload.advice === undefined ? [] : `${titleOf(workload)} -n ${workload.namespace}: ${workload.advice}`,
      ),
    ),
  ].join('');
}

function rowOf(workload: WorkloadDrift, isWide: boolean): readonly string[] {
  const { namespace, kind, name, pods, missing, outdated, extra, refused, templates, examples } = workload;
  const wide = isWide ? [String(refused), examples.join(',')] : [];
  const counts = [pods, missing, outdated, extra].map(String);
  return [namespace, kind, name, ...counts, templates.map(cellOf).join(', ') || '<none>', ...wide].map(printable);
}

/** `envoy@7->8`, `logs@3 missing`, `old@1 extra`; an unknown version is `?`. */
function cellOf({ name, drift, from, to }: TemplateDrift): string {
  const versions = (list: readonly string[]): string => list.join('|') || '?';
  if (drift === 'missing') return `${name}@${versions(to)} missing`;
  if (drift === 'extra') return `${name}@${versions(from)} extra`;
  return `${name}@${versions(from)}->${versions(to)}`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${printable(line)}\n`).join('')}`;
}
