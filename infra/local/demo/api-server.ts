import { stringify } from 'yaml';
import { webhookConfiguration } from '../../../functions/registration/objects/webhook-configuration.ts';
import { startApiServer } from '../../../test/real/support/api-server.ts';
import { isApiServerBuilt, whyNotApiServer } from '../../../test/real/support/requirements.ts';
import type { RunningGateway } from '../server/serve.ts';
import { say, title } from './print.ts';

/** How long the API server may take to use a new configuration; 15 to 90 ms were seen. */
const ACTIVE_WITHIN_MS = 1_000;

/**
 * The same Pod through a real kube-apiserver, where its binary is at hand (KUBEBUILDER_ASSETS, or the cache of
 * `npm run test:real`); otherwise one line says how to get it. Never builds anything.
 */
export async function showOnApiServer(gateway: RunningGateway, ca: string, pod: string): Promise<void> {
  title('4. The same Pod through a real kube-apiserver, created with kubectl');
  if ((await whyNotApiServer()) !== undefined || !(await isApiServerBuilt())) {
    say('   no kube-apiserver at hand: set KUBEBUILDER_ASSETS, or run "npm run test:real", which builds one; skipped');
    return;
  }
  const api = await startApiServer();
  try {
    const registration = webhookConfiguration({ url: gateway.endpoint.webhookUrl, ca, failurePolicy: 'Fail' });
    await api.kubectl(['apply', '-f', '-'], JSON.stringify(registration));
    await api.kubectl(['label', 'namespace', 'default', 'outrigger.dev/injection=enabled']);
    await new Promise((resolve) => setTimeout(resolve, ACTIVE_WITHIN_MS));
    const { stdout: created } = await api.kubectl(['create', '-f', '-'], pod);
    say(`   kubectl create -f myapp-pod.yaml → ${created.trim()}`);
    const { stdout } = await api.kubectl(['get', 'pod', 'myapp-pod', '-o', 'json']);
    const stored: { spec: { containers: { name: string }[]; volumes: { name: string }[] } } = JSON.parse(stdout);
    const { containers, volumes } = stored.spec;
    say('   kubectl get pod myapp-pod -o yaml, as the API server stored it:');
    const shown = {
      containers: containers.filter((c) => c.name === 'envoy'),
      volumes: volumes.filter((v) => v.name === 'envoy-conf'),
    };
    say(stringify(shown, { lineWidth: 0 }).trimEnd().replaceAll(/^/gm, '     '));
    say(`   containers: ${containers.map((c) => c.name).join(', ')}`);
  } finally {
    await api.stop();
  }
}
