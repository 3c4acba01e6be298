import { beforeAll, describe, expect, test } from 'vitest';
import { PACKAGE_MS_MAX, PROFILES, packageService } from '../support/service-package.ts';
import { at, recordOf } from '../support/values.ts';

/** Both profiles with a REST API in the place of the HTTP API. */
const REST = PROFILES.filter(([profile]) => profile !== 'public');

/** Both forms of the path of an abort. */
const ABORTS = ['', '/clusters/{cluster}'].map(
  (cluster) => `/apis/outrigger.dev/v1alpha1${cluster}/namespaces/{namespace}/canaries/{name}/abort`,
);

describe.each(REST)('network profile %s', (profile, params) => {
  let resources: Readonly<Record<string, unknown>>;
  const propertiesOf = (id: string): unknown => at(resources, id, 'Properties');

  beforeAll(async () => {
    resources = (await packageService(params)).resources;
  }, PACKAGE_MS_MAX);

  test('has a REST API and no HTTP API', () => {
    const types = Object.values(resources).map((resource) => String(at(resource, 'Type')));
    expect(types.filter((type) => type.startsWith('AWS::ApiGatewayV2'))).toEqual([]);
    expect(at(propertiesOf('RestApi'), 'EndpointConfiguration', 'Types')).toEqual([
      profile === 'rest' ? 'REGIONAL' : 'PRIVATE',
    ]);
  });

  test('has the routes of serverless.yml, the release API signed, each to its function', () => {
    const paths = Object.entries(recordOf(at(propertiesOf('RestApi'), 'Body', 'paths')));
    const found = paths.flatMap(([path, methods]) =>
      Object.entries(recordOf(methods)).map(([method, route]) => {
        const uri = JSON.stringify(at(route, 'x-amazon-apigateway-integration', 'uri'));
        const target = /\{(\w+)LambdaFunction\.Arn\}/.exec(uri)?.[1];
        return `${method} ${path} ${at(route, 'x-amazon-apigateway-auth', 'type')} ${target}`;
      }),
    );
    expect(found).toEqual([
      'post /v1/mutate/{cluster}/{token} NONE Mutate',
      'post /{discovery} NONE Discovery',
      'get /apis AWS_IAM Canaries',
      'x-amazon-apigateway-any-method /apis/{proxy+} AWS_IAM Canaries',
      ...ABORTS.flatMap((path) => [
        `post ${path} AWS_IAM Abort`,
        `x-amazon-apigateway-any-method ${path} AWS_IAM Canaries`,
      ]),
      'get /healthz AWS_IAM Canaries',
      ...['/api', '/api/{proxy+}', '/openapi/{proxy+}', '/version'].map((path) => `get ${path} AWS_IAM Canaries`),
    ]);
  });

  test('lets the API call the function of every route', () => {
    for (const [entryPoint, path] of [
      ['Mutate', 'POST/v1/mutate/*'],
      ['Abort', 'POST/apis/*'],
      ['Canaries', '*/*'],
    ]) {
      const source = JSON.stringify(at(propertiesOf(`${entryPoint}RestPermission`), 'SourceArn'));
      expect(source).toContain(`:\${RestApi}/*/${path}"`);
    }
  });

  test('lets in by resource policy what shows a token of ours; the release API is left to the callers’ own policies', () => {
    const statements = at(propertiesOf('RestApi'), 'Policy', 'Statement');
    // An Allow on /apis would let every identity of the account in: within one account either policy suffices.
    expect(at(statements, 0)).toEqual({
      Effect: 'Allow',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: ['execute-api:/production/POST/v1/mutate/*', 'execute-api:/v3/POST/discovery:*'],
    });
    const list = (text: string | undefined): unknown => ({ 'Fn::Split': [',', text] });
    expect(at(statements, 1)).toEqual({
      Effect: 'Deny',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/*',
      Condition:
        profile === 'rest'
          ? { NotIpAddress: { 'aws:SourceIp': list(params['sourceIps']) } }
          : { StringNotEquals: { 'aws:SourceVpce': list(params['vpcEndpoints']) } },
    });
    expect(statements).toHaveLength(2);
  });

  test('has a second stage, whose name is the first segment of what Envoy asks for', () => {
    expect([at(propertiesOf('RestStage'), 'StageName'), at(propertiesOf('RestProxiesStage'), 'StageName')]).toEqual([
      'production',
      'v3',
    ]);
    // So proxies need the host alone, and the clusters are told it.
    const endpoint = JSON.stringify(at(propertiesOf('RegistrationProd'), 'DiscoveryEndpoint'));
    expect(endpoint).toMatch(/https:\/\/\$\{RestApi\}[^/]*\$\{AWS::URLSuffix\}"/);
  });

  test('throttles every route for itself', () => {
    const settings = [propertiesOf('RestStage'), propertiesOf('RestProxiesStage')].flatMap((stage) =>
      Object(at(stage, 'MethodSettings')),
    );
    const rates = settings.map((one: unknown) => Object(one).ThrottlingRateLimit);
    expect(rates.every((rate: unknown) => typeof rate === 'number' && rate > 0)).toBe(true);
    const paths = settings.map((one: unknown) => Object(one).ResourcePath);
    expect(paths).toEqual(
      expect.arrayContaining([
        ...['/*', '/~1v1~1mutate~1{cluster}~1{token}', '/~1{discovery}', '/~1apis~1{proxy+}'],
        ...ABORTS.map((path) => `/${path.replaceAll('/', '~1')}`),
      ]),
    );
  });
});

test('profile rest has a web ACL before both stages, which shows no path, looks into no body, and lets nothing else in', async () => {
  const params = REST.find(([profile]) => profile === 'rest')?.[1] ?? {};
  const { resources } = await packageService(params);
  const { DefaultAction, VisibilityConfig, Rules } = recordOf(at(resources, 'WebAcl', 'Properties'));
  expect(DefaultAction).toEqual({ Block: {} });
  const rules: unknown[] = Array.isArray(Rules) ? Rules : [];
  for (const visibility of [VisibilityConfig, ...rules.map((rule) => at(rule, 'VisibilityConfig'))]) {
    // A sample shows the path, and so the token.
    expect(at(visibility, 'SampledRequestsEnabled')).toBe(false);
  }
  expect(JSON.stringify(rules)).not.toMatch(/"Body"|ManagedRuleGroup/);
  const associated = Object.values(resources)
    .filter((resource) => at(resource, 'Type') === 'AWS::WAFv2::WebACLAssociation')
    .map((resource) => JSON.stringify(at(resource, 'Properties', 'ResourceArn')));
  expect(associated.map((arn) => /stages\/(\w+)/.exec(arn)?.[1]).toSorted()).toEqual(['production', 'v3']);
});
