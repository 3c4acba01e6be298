import { expect, test } from 'vitest';
import { parseRegistration } from '../../functions/registration/custom-resource/registration-properties.ts';

/** As CloudFormation hands them over: everything is text. */
const PROPERTIES = {
  ServiceToken: 'arn:aws:lambda:eu-central-1:123456789012:function:register',
  ServiceTimeout: '300',
  Fleet: 'shop',
  Cluster: 'prod-1',
  Endpoint: 'https://abc123.execute-api.eu-central-1.amazonaws.com',
};

test('properties become what is registered, with the defaults of the design', () => {
  expect(parseRegistration(PROPERTIES)).toEqual({
    valid: true,
    value: {
      fleet: 'shop',
      cluster: 'prod-1',
      endpoint: { url: PROPERTIES.Endpoint },
      failurePolicy: 'Ignore',
      reinvocationPolicy: 'Never',
      timeoutSeconds: 3,
      companionPolicy: 'Warn',
    },
  });
  const all = {
    ...{
      ...PROPERTIES,
      Endpoint: `${PROPERTIES.Endpoint}/prod/`,
      FailurePolicy: 'Fail',
      ReinvocationPolicy: 'IfNeeded',
    },
    ...{
      TimeoutSeconds: '10',
      CompanionPolicy: 'Deny',
      Namespaces: ['a', 'team-b'],
      DefaultTemplates: ['envoy'],
      Revision: '7',
      SelfTest: 'None',
      DiscoveryEndpoint: 'https://f.lambda-url.eu-central-1.on.aws/',
      DiscoveryScope: 'NewClusters',
    },
  };
  expect(parseRegistration(all)).toEqual({
    valid: true,
    value: {
      fleet: 'shop',
      cluster: 'prod-1',
      endpoint: { url: `${PROPERTIES.Endpoint}/prod` },
      discovery: 'https://f.lambda-url.eu-central-1.on.aws',
      discoveryScope: 'NewClusters',
      failurePolicy: 'Fail',
      reinvocationPolicy: 'IfNeeded',
      timeoutSeconds: 10,
      companionPolicy: 'Deny',
      selfTest: 'None',
      namespaces: ['a', 'team-b'],
      record: { defaultTemplates: ['envoy'] },
    },
  });
});

test('an empty list of namespaces is no stage; an empty list of templates is none by default', () => {
  const parsed = parseRegistration({ ...PROPERTIES, Namespaces: [], DefaultTemplates: [] });
  expect(parsed).toMatchObject({ value: { record: { defaultTemplates: [] } } });
  expect(parsed).not.toHaveProperty('value.namespaces');
});

test.each<[object, readonly string[]]>([
  [{ Fleet: undefined, Cluster: undefined, Endpoint: undefined }, ['Fleet', 'Cluster', 'Endpoint']],
  [{ Cluster: 'a/b' }, ['Cluster']],
  [{ Endpoint: 'http://abc.example' }, ['Endpoint']],
  [{ Endpoint: 'https://abc.example/?x' }, ['Endpoint']],
  [{ Endpoint: 'https://user@abc.example' }, ['Endpoint']],
  [
    { FailurePolicy: 'ignore', ReinvocationPolicy: '', CompanionPolicy: 'None ' },
    ['FailurePolicy', 'ReinvocationPolicy', 'CompanionPolicy'],
  ],
  [{ TimeoutSeconds: '31' }, ['TimeoutSeconds']],
  [{ SelfTest: 'Probe' }, []],
  [{ SelfTest: 'none' }, ['SelfTest']],
  [{ TimeoutSeconds: '1e1' }, ['TimeoutSeconds']],
  [{ Namespaces: 'a,b' }, ['Namespaces']],
  [{ Namespaces: ['a', 'B'], DefaultTemplates: [{}] }, ['Namespaces', 'DefaultTemplates']],
  [{ Namespaces: Array.from({ length: 101 }, (_, i) => `n${i}`) }, ['Namespaces']],
])('what is wrong is said by name: %j', (more, expected) => {
  const parsed = parseRegistration({ ...PROPERTIES, ...more });
  const paths = parsed.valid ? [] : parsed.faults.map(({ path }) => path);
  expect(paths.toSorted()).toEqual([...expected].toSorted());
});
