import { Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import { DNS_LABEL } from '../../../functions/json/check.ts';
import { accessRules, workloadRules } from '../../../functions/registration/access-rules.ts';
import { UsageError } from '../errors.ts';
import { toJson } from '../yaml-document.ts';

interface RbacOptions {
  readonly output: 'yaml' | 'json';
  readonly workloads?: readonly string[];
  readonly promotion?: 'Copy';
}

/** `outrigger cluster rbac`: what the functions may do in a cluster, for kubectl apply. */
export function rbacCommand(): Command {
  return new Command('rbac')
    .description(
      'Print the ClusterRoles of the functions, ready for kubectl apply -f -: once per cluster, before a deployment. With ' +
        '--workloads the Roles of releases alone, one for each namespace.',
    )
    .option(
      '--workloads <namespace>',
      'Role by which releases read workloads of this namespace (repeatable)',
      addNamespace,
    )
    .addOption(
      new Option(
        '--promotion <promotion>',
        'with --workloads: also the Role by which it changes Pod templates',
      ).choices(['Copy']),
    )
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json']).default('yaml'))
    .action(({ output, workloads, promotion }: RbacOptions) => {
      if (promotion !== undefined && workloads === undefined) {
        throw new UsageError('--promotion is of namespaces: name them by --workloads');
      }
      const objects =
        workloads === undefined ? accessRules() : workloads.flatMap((one) => workloadRules(one, promotion));
      const yaml = (): string =>
        objects.map((o) => stringify(o, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
      const list = { apiVersion: 'v1', kind: 'List', items: objects };
      process.stdout.write(output === 'yaml' ? yaml() : `${toJson(list)}\n`);
    });
}

function addNamespace(name: string, before: readonly string[] = []): readonly string[] {
  if (!DNS_LABEL.test(name)) throw new InvalidArgumentError('must be the name of a namespace.');
  return [...new Set([...before, name])];
}
