import { CANARY_API_VERSION } from '../../canary/canary.ts';
import { CANARY } from '../../canary/document/canary-schema.ts';
import type { Json } from '../../json/json.ts';
import type { Meaning } from '../../json/schema/json-schema.ts';
import { openApiSchema } from '../../json/schema/open-api.ts';
import { RELEASE_API_PATH } from '../request/segments.ts';
import { GROUP } from '../response/api-error.ts';

const VERSION = CANARY_API_VERSION.slice(`${GROUP}/`.length);
const GVK = { group: GROUP, version: VERSION, kind: 'Canary' };
const NAME = `dev.outrigger.${VERSION}.Canary`;
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const PATH = `${RELEASE_API_PATH}/namespaces/{namespace}/canaries`;

const parameter = (name: string, description: string): Json => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string' },
});
/** kubectl leaves validation to a server whose PATCH has the parameter `fieldValidation`. */
const WRITE_PARAMETERS = [
  parameter('dryRun', 'All: everything is checked and answered, nothing is written.'),
  parameter('fieldManager', 'Taken, and changes nothing.'),
  parameter('fieldValidation', 'Taken, and changes nothing: an unknown field is always refused.'),
];

/**
 * The OpenAPI 3.0 document of the release API, as kube-apiserver has one for each group and version: the paths of canaries and
 * the schema of a Canary, out of the schema by which it is parsed.
 *
 * @param meaning what the fields of `CANARY` mean
 */
export function openApiDocument(meaning: Meaning): Json {
  return {
    openapi: '3.0.0',
    info: { title: 'Outrigger', version: VERSION },
    paths: {
      [`${RELEASE_API_PATH}/canaries`]: { get: operation('list') },
      [PATH]: { get: operation('list'), post: operation('post', WRITE_PARAMETERS) },
      [`${PATH}/{name}`]: {
        get: operation('get'),
        put: operation('put', WRITE_PARAMETERS),
        patch: operation('patch', WRITE_PARAMETERS),
        delete: operation('delete'),
      },
    },
    components: { schemas: { [NAME]: canarySchema(meaning), [META]: OBJECT_META } },
  };
}

function operation(action: string, parameters?: readonly Json[]): Json {
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${NAME}` } } };
  return {
    ...(parameters === undefined ? {} : { parameters }),
    responses: { 200: { description: 'OK', content } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': GVK,
  };
}

function canarySchema(meaning: Meaning): Json {
  const { spec, status } = CANARY.fields;
  return {
    type: 'object',
    description: 'One release of one Service.',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: CANARY_API_VERSION },
      kind: { type: 'string', description: 'Canary' },
      metadata: { description: 'Standard object metadata.', allOf: [{ $ref: `#/components/schemas/${META}` }] },
      spec: { description: 'What the people who release write.', ...openApiSchema(spec, meaning) },
      status: { description: 'What Outrigger writes.', ...openApiSchema(status, meaning) },
    },
    'x-kubernetes-group-version-kind': [GVK],
  };
}

const text = (description: string): Json => ({ type: 'string', description });
const texts = (description: string): Json => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string' },
});

/** Those of Kubernetes' ObjectMeta that a canary has. */
const OBJECT_META: Json = {
  type: 'object',
  description: 'Standard object metadata.',
  properties: {
    name: text('A DNS label.'),
    namespace: text('A DNS label.'),
    uid: text('Of this canary alone: another one of the name has another uid.'),
    resourceVersion: text('The head of the Kubernetes cluster after the last write of the canary.'),
    generation: { type: 'integer', format: 'int64', description: 'Counts changes of spec.' },
    creationTimestamp: { ...text('RFC 3339.'), format: 'date-time' },
    deletionTimestamp: {
      ...text('RFC 3339. Set by DELETE; the canary is gone once its targets are.'),
      format: 'date-time',
    },
    labels: texts('Labels, by which lists select. At most 64.'),
    annotations: texts('Annotations, which change nothing. At most 64.'),
  },
};
