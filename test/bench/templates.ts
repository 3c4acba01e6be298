import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeFaults } from '../../functions/json/faults.ts';
import { readTemplateSource } from '../../functions/template/source.ts';

/** Small, as in the peers' measurements: a container, an init container, a volume, a label, an annotation. */
export const SMALL_TEMPLATE = {
  apiVersion: 'outrigger.dev/v1alpha1',
  kind: 'SidecarTemplate',
  metadata: { name: 'small' },
  spec: {
    pod: {
      metadata: { labels: { sidecar: 'envoy' }, annotations: { 'example.com/scrape': 'true' } },
      spec: {
        initContainers: [{ name: 'init', image: 'busybox:1.37', command: ['sh', '-c', 'true'] }],
        containers: [
          {
            name: 'envoy',
            image: 'envoyproxy/envoy:v1.40.0',
            args: ['-c', '/etc/envoy/envoy.yaml', '--concurrency', '2'],
            ports: [{ containerPort: 15001, protocol: 'TCP' }],
            resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '64Mi' } },
            volumeMounts: [{ name: 'envoy-conf', mountPath: '/etc/envoy' }],
          },
        ],
        volumes: [{ name: 'envoy-conf', configMap: { name: 'envoy' } }],
      },
    },
  },
};

/** As large as a mesh's; test/bench/mesh-template.yaml. */
export function readLargeTemplate(): unknown {
  const source = readTemplateSource(readFileSync(join(import.meta.dirname, 'mesh-template.yaml'), 'utf8'), 'large');
  if (!source.valid) throw new Error(describeFaults(source.faults));
  return source.value;
}
