import type { Examples } from './example.ts';

/** Of `outrigger template`. */
export const TEMPLATE_EXAMPLES: Examples = {
  'template init': [
    ['Begin with a ready template', 'template init vault-agent'],
    ['Write it to a file of another name', 'template init cloud-sql-proxy -f sql.yaml'],
  ],
  'template lint': [
    ['Check every template of a folder', 'template lint -f templates/'],
    ['Let an API server try it, with a parameter', 'template lint -f envoy.yaml --validate server --set tag=v1'],
  ],
  'template publish': [
    ['Write a new version, which no channel serves yet', 'template publish -f envoy.yaml'],
    ['Publish every template of a folder', "template publish -f 'templates/*.yaml'"],
  ],
  'template get': [
    ['Print what channel stable serves', 'template get envoy --channel stable -o yaml'],
    ['Print version 3', 'template get envoy --to 3'],
  ],
  'template list': [['List the templates of the fleet', 'template list']],
  'template diff': [
    ['Compare the newest version with what stable serves', 'template diff envoy -f pods.yaml'],
    ['Compare a file before it is published', 'template diff envoy -f pods.yaml --candidate envoy.yaml'],
  ],
  'template history': [['List the versions and the channels that serve them', 'template history envoy']],
  'template promote': [
    ['Serve the newest version on channel canary', 'template promote envoy --channel canary'],
    ['Serve version 7 on stable', 'template promote envoy --to 7'],
  ],
  'template rollback': [['Serve what stable served before', 'template rollback envoy']],
  'template prune': [['Show which versions would be deleted', 'template prune --dry-run']],
  'template snapshot': [['Write what functions serve while Parameter Store is down', 'template snapshot']],
};
