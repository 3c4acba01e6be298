// npm run cluster: a one-node Kubernetes to play with, the local endpoint registered in it; ends without a trace.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startNode } from './support/node.ts';
import { whyNotNode } from './support/requirements.ts';
import { CLUSTER_DIR } from './support/scripts.ts';

const why = await whyNotNode();
if (why !== undefined) {
  process.stderr.write(`error: no node can run here: ${why}\n`);
  process.exit(1);
}
process.stderr.write('bringing a node up (the first time builds Kubernetes: about 6 minutes on 2 cores)\n');
const node = await startNode();
// Ctrl-C belongs to what runs in the shell; the end of the shell is the end of the node.
process.on('SIGINT', () => {});
const end = async (): Promise<void> => {
  process.stderr.write('taking the node down\n');
  await node.stop();
};
try {
  const root = join(import.meta.dirname, '..', '..');
  const stateDir = join(node.dir, 'outrigger');
  const gateway = node.start(process.execPath, [
    join(root, 'infra/local/server/start.ts'),
    '--https',
    '--port',
    '0',
    '--state-dir',
    stateDir,
  ]);
  await new Promise<void>((resolve, reject) => {
    gateway.stdout?.on('data', (text: Buffer) => text.includes('registration:') && resolve());
    gateway.once('exit', (code) => reject(new Error(`the endpoint ended with ${code}`)));
  });
  const outrigger = [join(root, 'infra/cli/bin.mjs'), 'webhook', '--state-dir', stateDir];
  const { stdout } = await node.run(process.execPath, outrigger);
  await node.run('kubectl', ['apply', '-f', '-'], stdout);
  const envoy = join(root, 'test/fixtures/envoy/envoy.json');
  await node.run('kubectl', ['create', 'configmap', 'envoy', `--from-file=envoy.json=${envoy}`]);
  await node.run('kubectl', ['label', 'namespace', 'default', 'outrigger.dev/injection=enabled']);
  process.stderr.write('the node is ready and Outrigger is registered; namespace default is injected. Try:\n');
  process.stderr.write('  kubectl run web --image=busybox -- sleep 3600; kubectl get pod web -o yaml\nexit ends it.\n');
  const shell = spawn('bash', [join(CLUSTER_DIR, 'cluster-exec.sh'), 'bash'], {
    env: { ...process.env, CLUSTER_NODE_DIR: node.dir, PS1: 'outrigger \\w \\$ ' },
    stdio: 'inherit',
  });
  await new Promise((resolve) => shell.once('exit', resolve));
} finally {
  await end();
}
