import { WEBHOOK_TIMEOUT_SECONDS } from '../../functions/limits.ts';
import { GROUPS } from '../../functions/registration/access-rules.ts';
import { idsOfType, logicalName, type Resource, type Resources } from './cloudformation.ts';
import type { Settings } from './settings.ts';

/** What the registrations of a stack depend on beside its parameters. */
export interface Surroundings {
  /** Where the endpoint begins, as CloudFormation makes it. */
  readonly endpoint: unknown;
  /** Where proxies poll, if that is another place; `none`: nowhere yet. */
  readonly discoveryEndpoint?: unknown;
  /** Changes with the code that registers, so that a deployment of it registers anew. */
  readonly codeVersion: string;
}

/** Beside the routes, whatever a call to the endpoint goes through: it is there before the cluster is told to call. */
const ON_THE_WAY = [
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::ApiGateway::Stage',
  'AWS::ApiGateway::BasePathMapping',
  'AWS::WAFv2::WebACLAssociation',
  'AWS::Lambda::Permission',
];
/** The longest that CloudFormation waits for one registration, in seconds. */
const SERVICE_TIMEOUT_SECONDS = 300;
/** Who may enter a cluster, and as which Kubernetes group (`outrigger cluster rbac` binds them). */
const ENTRANTS = [
  { id: 'RegistrarAccess', role: 'RegisterRole', group: GROUPS.registrar },
  { id: 'DriftAccess', role: 'AdvanceRole', group: GROUPS.drift },
];

/**
 * For every cluster of the settings its two access entries and its `Registration…`, which depends on everything that a
 * review passes through: so it is created last and deleted first. The two roles may describe exactly these clusters.
 */
export function addRegistrations(resources: Resources, settings: Settings, surroundings: Surroundings): void {
  const onTheWay = idsOfType(resources, ...ON_THE_WAY);
  for (const cluster of settings.clusters) {
    const name = logicalName(cluster);
    for (const { id, role, group } of ENTRANTS) resources[`${id}${name}`] = accessEntry(cluster, role, group);
    const dependsOn = [...onTheWay, ...ENTRANTS.map(({ id }) => `${id}${name}`)];
    resources[`Registration${name}`] = registration(cluster, settings, surroundings, dependsOn);
  }
  if (settings.clusters.length > 0) {
    for (const { role } of ENTRANTS) allowDescribe(resources, role, settings.clusters);
  }
}

function accessEntry(cluster: string, role: string, group: string): Resource {
  return {
    Type: 'AWS::EKS::AccessEntry',
    Properties: {
      ClusterName: cluster,
      PrincipalArn: { 'Fn::GetAtt': [role, 'Arn'] },
      KubernetesGroups: [group],
      Type: 'STANDARD',
    },
  };
}

function registration(
  cluster: string,
  settings: Settings,
  { endpoint, discoveryEndpoint, codeVersion }: Surroundings,
  dependsOn: readonly string[],
): Resource {
  return {
    Type: 'Custom::OutriggerRegistration',
    DependsOn: dependsOn,
    Properties: {
      ServiceToken: { 'Fn::GetAtt': ['RegisterLambdaFunction', 'Arn'] },
      ServiceTimeout: SERVICE_TIMEOUT_SECONDS,
      Fleet: settings.fleet,
      Cluster: cluster,
      Endpoint: endpoint,
      ...(discoveryEndpoint === undefined ? {} : { DiscoveryEndpoint: discoveryEndpoint }),
      FailurePolicy: settings.failurePolicy,
      ReinvocationPolicy: settings.reinvocationPolicy,
      TimeoutSeconds: String(WEBHOOK_TIMEOUT_SECONDS),
      CompanionPolicy: settings.companionPolicy,
      Namespaces: settings.namespaces,
      // An empty list would set the record's to none.
      ...(settings.defaultTemplates.length === 0 ? {} : { DefaultTemplates: settings.defaultTemplates }),
      Revision: `${settings.revision}-${codeVersion}`,
    },
  };
}

/** Adds one statement to the role's only policy. A role without clusters gets none: IAM takes no empty list. */
function allowDescribe(resources: Resources, role: string, clusters: readonly string[]): void {
  const found = resources[role];
  if (found === undefined) throw new Error(`infra/roles.yml has no ${role}`);
  const policy = {
    PolicyName: 'clusters',
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'eks:DescribeCluster',
          Resource: clusters.map((cluster) => ({
            'Fn::Sub': `arn:\${AWS::Partition}:eks:\${AWS::Region}:\${AWS::AccountId}:cluster/${cluster}`,
          })),
        },
      ],
    },
  };
  const policies = found.Properties?.['Policies'];
  const Policies = [...(Array.isArray(policies) ? policies : []), policy];
  resources[role] = { ...found, Properties: { ...found.Properties, Policies } };
}
