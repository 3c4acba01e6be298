import type { Examples } from './example.ts';

/** Of the commands that decide about Pods. */
export const POD_EXAMPLES: Examples = {
  inject: [
    [
      'Inject sidecars as the webhook would, and create what comes out',
      'inject -f deployment.yaml | kubectl apply -f -',
    ],
    ['Inject two templates by name, and print the JSON Patch', 'inject -f pod.yaml --template labels,envoy -o patch'],
    ['Inject as a cluster of the fleet would', 'inject -f manifests/ --cluster eu1'],
  ],
  explain: [
    ['Find out why a running Pod has no sidecars', 'explain pod/web -n shop --eks eu1'],
    ['Explain what the webhook would do with the Pods of a folder', 'explain -f manifests/'],
    ['Explain it by the record and templates of a cluster', 'explain -f deployment.yaml --cluster eu1 -n shop'],
    ['Try a cluster record before it is written', 'explain -f deployment.yaml --record eu1.yaml -o json'],
  ],
  replay: [
    ['Compare a template before it is published', 'replay reviews/ --cluster eu1 --candidate envoy.yaml'],
    ['Compare two folders of templates', 'replay reviews/ --templates current/ --candidate next/'],
  ],
  'local token': [
    ['Be a proxy of namespace shop for an hour', 'local token -n shop --duration 1h'],
    ['Be the proxy of one Pod', 'local token -n shop --pod web-0'],
  ],
  webhook: [
    ['Register the endpoint that runs here', 'webhook | kubectl apply -f -'],
    ['Let the cluster refuse Pods while the endpoint fails', 'webhook --failure-policy Fail | kubectl apply -f -'],
  ],
  'export map': [
    ['Add labels without a webhook', 'export map labels --default | kubectl apply -f -'],
    ['Compile a template that is not published', 'export map -f labels.yaml -o json'],
  ],
  'import flagger': [['Turn Canaries of Flagger into Canaries', 'import flagger -f canaries.yaml > canary.yaml']],
  'import argo': [
    ['Turn a Rollout and its Service into a Canary', 'import argo -f rollout.yaml > canary.yaml'],
    ['Name the Service where the file has none', 'import argo -f rollout.yaml --service cart --port 8080'],
  ],
  'import appmesh': [['Turn a VirtualRouter into a Canary', 'import appmesh -f mesh.yaml > canary.yaml']],
};
