import { Command } from 'commander';
import { driftCommand } from './drift.ts';
import { egressCommand } from './egress.ts';
import { listCommand } from './list.ts';
import { notificationsCommand } from './notifications.ts';
import { rbacCommand } from './rbac.ts';
import { registerCommand } from './register.ts';
import { rotateCommand } from './rotate.ts';
import { statusCommand } from './status.ts';
import { unregisterCommand } from './unregister.ts';
import { verifyCommand } from './verify.ts';

/** `outrigger cluster`: the registration of the endpoint with Kubernetes clusters. */
export function clusterCommand(): Command {
  return new Command('cluster')
    .description(
      'Register Kubernetes clusters, verify and rotate what is registered, set what metrics may ask and whom releases notify, and take it back.',
    )
    .addCommand(registerCommand())
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(rotateCommand())
    .addCommand(statusCommand())
    .addCommand(driftCommand())
    .addCommand(egressCommand())
    .addCommand(notificationsCommand())
    .addCommand(unregisterCommand())
    .addCommand(rbacCommand());
}
