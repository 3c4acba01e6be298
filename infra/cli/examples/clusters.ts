import type { Examples } from './example.ts';

/** Of `outrigger cluster`. */
export const CLUSTER_EXAMPLES: Examples = {
  'cluster register': [
    ['Register an EKS cluster with AWS credentials', 'cluster register --eks eu1 --endpoint https://abc.example.com'],
    [
      'Show what would be applied',
      'cluster register --cluster eu1 --endpoint https://abc.example.com --dry-run client',
    ],
    ['Register the endpoint that npm start --https runs', 'cluster register --state-dir .outrigger --context kind-a'],
  ],
  kubeconfig: [
    ['Let kubectl talk to what npm start runs', 'kubeconfig --cluster local -n shop'],
    [
      'Let it talk to a deployed API by outrigger proxy',
      'kubeconfig --url https://abc.execute-api.eu-central-1.amazonaws.com --cluster eu1 --alias releases',
    ],
  ],
  proxy: [['Sign for kubectl, until Ctrl-C', 'proxy --url https://abc.execute-api.eu-central-1.amazonaws.com']],
  'cluster list': [
    ['List the clusters of the fleet', 'cluster list'],
    ['Read the names in a script', 'cluster list -o json | jq -r .[].name'],
  ],
  'cluster verify': [['Check a registration from the cluster to the endpoint', 'cluster verify --eks eu1']],
  'cluster rotate': [
    ['Give the cluster a new token; the old one ends after an hour', 'cluster rotate --eks eu1 --grace-period 1h'],
  ],
  'cluster status': [['Show how a cluster stands', 'cluster status --cluster eu1 --context eu1 -o yaml']],
  'cluster drift': [
    ['List the workloads of a namespace that have outdated sidecars', 'cluster drift --eks eu1 -n shop'],
    ['Let a pipeline fail on drift', 'cluster drift --eks eu1 -A --exit-code'],
  ],
  'cluster egress': [
    ['Allow releases to ask a Prometheus', 'cluster egress --cluster eu1 --hosts prometheus.example.com'],
  ],
  'cluster notifications': [
    ['See whom releases notify', 'cluster notifications --cluster eu1'],
    ['Notify others from now on', 'cluster notifications --cluster eu1 -f notifications.yaml'],
  ],
  'cluster unregister': [
    ['Take the registration back', 'cluster unregister --eks eu1'],
    ['Forget a cluster that is gone', 'cluster unregister --cluster eu1 --cluster-gone --delete-record'],
  ],
  'cluster rbac': [
    ['Grant the deployed functions their rights', 'cluster rbac | kubectl apply -f -'],
    ['Let releases promote by Copy', 'cluster rbac --workloads shop --promotion Copy | kubectl apply -f -'],
  ],
};
