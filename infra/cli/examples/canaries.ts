import type { Examples } from './example.ts';

/** Of `outrigger canary` and the freezes of releases. */
export const CANARY_EXAMPLES: Examples = {
  'canary apply': [
    ['Create a canary, or make it what the file wants', 'canary apply -f cart.yaml'],
    ['Apply every canary of a folder, and one more', 'canary apply -f canaries/ -f cart.yaml'],
    ['Let the API check it, and write nothing', 'canary apply -f cart.yaml --dry-run server'],
  ],
  'canary get': [
    ['List the canaries of a namespace, and every change', 'canary get -n shop -w'],
    ['List those of every namespace with a label', 'canary get -A -l tier=web'],
    ['Print one', 'canary get cart -n shop -o yaml'],
  ],
  'canary status': [['Watch a release', 'canary status cart -n shop -w']],
  'canary set-weight': [
    ['Send a fifth of the requests to the canary', 'canary set-weight cart 20 -n shop'],
    ['Do it although proxies find too few Pods', 'canary set-weight cart 20 -n shop --force --reason outage'],
  ],
  console: [
    ['Look at the releases of the local endpoint', 'console'],
    [
      'Look at those of a fleet, with your AWS identity',
      'console --url https://abc123.execute-api.eu-west-1.amazonaws.com',
    ],
  ],
  'canary start': [
    ['Start the release that spec.strategy describes', 'canary start cart -n shop --reason v2'],
    [
      'Start it in every Kubernetes cluster of its spec.clusters',
      'canary start cart -n shop --cluster east --all-clusters',
    ],
  ],
  'canary promote': [
    ['End the pause that a release waits at', 'canary promote cart -n shop'],
    ['Send everything to the canary, past every step', 'canary promote cart -n shop --full --reason hotfix'],
  ],
  'canary pause': [['Hold a release where it is', 'canary pause cart -n shop --reason lunch']],
  'canary resume': [['Let it go on', 'canary resume cart -n shop']],
  'canary skip': [['Go to the next step', 'canary skip cart -n shop --reason seen']],
  'canary undo': [['Send everything back to stable, without a failure', 'canary undo cart -n shop']],
  'canary abort': [['Send everything to stable, at once', 'canary abort cart -n shop --reason errors']],
  'canary retry': [
    ['Start an aborted release again', 'canary retry cart -n shop'],
    ['Begin at its third step', 'canary retry cart -n shop --from-step 3 --reason fixed'],
  ],
  'canary wait': [
    ['Wait in a pipeline until a release is promoted', 'canary wait cart -n shop --for promoted --timeout 2h'],
    ['Wait until every proxy runs the last write', 'canary wait cart -n shop --for condition=Confirmed'],
  ],
  'canary preview': [
    ['Show what proxies of a namespace are answered', 'canary preview cart -n shop --proxy-namespace web -o json'],
  ],
  'canary proxies': [['List the proxies, those that do not follow first', 'canary proxies cart -n shop']],
  'canary history': [['List the last ten changes', 'canary history cart -n shop --limit 10']],
  'canary judge': [
    ['Judge recorded evidence', 'canary judge -f evidence.json'],
    ['Judge a stream, line by line', 'canary judge --stream < evidence.jsonl'],
  ],
  'canary delete': [['Send requests the ordinary way again', 'canary delete cart -n shop']],
  freeze: [
    ['Stop the releases of a namespace for two days', 'freeze -n shop --reason outage --until 2d'],
    ['Freeze the fleet in the time windows of a file', 'freeze --fleet -f christmas.yaml'],
  ],
  'freeze list': [['List the freezes that can hold a namespace', 'freeze list -n shop']],
  'freeze get': [['Print one of the fleet', 'freeze get christmas --fleet -o yaml']],
  unfreeze: [['Let the releases of a namespace go on', 'unfreeze -n shop']],
};
