import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import { accessRules } from '../../../functions/registration/access-rules.ts';
import { toJson } from '../yaml-document.ts';

/** `outrigger cluster rbac`: what the functions may do in a cluster, for kubectl apply. */
export function rbacCommand(): Command {
  return new Command('rbac')
    .description(
      'Print the ClusterRoles of the functions, ready for kubectl apply -f -: once per cluster, before a deployment.',
    )
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json']).default('yaml'))
    .action(({ output }: { readonly output: 'yaml' | 'json' }) => {
      const objects = accessRules();
      const yaml = (): string =>
        objects.map((o) => stringify(o, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
      const list = { apiVersion: 'v1', kind: 'List', items: objects };
      process.stdout.write(output === 'yaml' ? yaml() : `${toJson(list)}\n`);
    });
}
