import { WEBHOOK_TIMEOUT_SECONDS } from '../../../functions/limits.ts';
import { GROUPS } from '../../../functions/registration/access-rules.ts';
import { idsOfType, logicalName, type Resource, type Resources } from './cloudformation.ts';
import type { Settings } from './settings.ts';

/** What the registrations of a stack depend on beside its parameters. */
export interface Surroundings {
  /** Where the endpoint begins, as CloudFormation makes it. */
  readonly endpoint: unknown;
  /** Where proxies poll, if that is another place; `none`: nowhere yet. */
  readonly discoveryEndpoint?: unknown;
  /** Only clusters without a host are told that place. */
  readonly discoveryScope?: 'NewClusters';
  /** Changes with the code that registers, so that a deployment of it registers again. */
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
/** Who may enter a cluster, and as which Kubernetes groups (`outrigger cluster rbac` binds them). */
const ENTRANTS = [
  { access: 'RegistrarAccess', describe: 'RegistrarDescribe', role: 'RegisterRole', groups: [GROUPS.registrar] },
  // A principal has one access entry. The group of workloads has rights in namespaces whose Role is applied, and in no others.
  { access: 'DriftAccess', describe: 'DriftDescribe', role: 'AdvanceRole', groups: [GROUPS.drift, GROUPS.workloads] },
];

/**
 * For every cluster of the settings, for each of the two roles, its access entry and the right to describe it; and its
 * `Registration…`, which depends on those and on everything that a review passes through: so it is created last and
 * deleted first, also where a cluster is taken out of the settings.
 */
export function addRegistrations(resources: Resources, settings: Settings, surroundings: Surroundings): void {
  const onTheWay = idsOfType(resources, ...ON_THE_WAY);
  for (const cluster of settings.clusters) {
    const name = logicalName(cluster);
    const dependsOn = [...onTheWay];
    for (const { access, describe, role, groups } of ENTRANTS) {
      resources[`${access}${name}`] = accessEntry(cluster, role, groups);
      resources[`${describe}${name}`] = describePolicy(cluster, role);
      dependsOn.push(`${access}${name}`, `${describe}${name}`);
    }
    resources[`Registration${name}`] = registration(cluster, settings, surroundings, dependsOn);
  }
}

function accessEntry(cluster: string, role: string, groups: readonly string[]): Resource {
  return {
    Type: 'AWS::EKS::AccessEntry',
    Properties: {
      ClusterName: cluster,
      PrincipalArn: { 'Fn::GetAtt': [role, 'Arn'] },
      KubernetesGroups: groups,
      Type: 'STANDARD',
    },
  };
}

function registration(
  cluster: string,
  settings: Settings,
  { endpoint, discoveryEndpoint, discoveryScope, codeVersion }: Surroundings,
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
      ...(discoveryScope === undefined ? {} : { DiscoveryScope: discoveryScope }),
      FailurePolicy: settings.failurePolicy,
      ReinvocationPolicy: settings.reinvocationPolicy,
      TimeoutSeconds: String(WEBHOOK_TIMEOUT_SECONDS),
      CompanionPolicy: settings.companionPolicy,
      // Profiles rest and private let the clusters' networks in, in which the registrar does not stand.
      ...(settings.profile === 'public' ? {} : { SelfTest: 'None' }),
      Namespaces: settings.namespaces,
      // An empty list would set the record's to none.
      ...(settings.defaultTemplates.length === 0 ? {} : { DefaultTemplates: settings.defaultTemplates }),
      // A new pair of keys registers every cluster again: the URLs are signed by it before the pair before goes.
      Revision: `${settings.revision}-${settings.keyGeneration}-${codeVersion}`,
    },
  };
}

/**
 * A policy of its own for each cluster: CloudFormation takes the right away when the registration has been deleted. In
 * the role itself it would go at the beginning of the update, and the webhook be left behind.
 */
function describePolicy(cluster: string, role: string): Resource {
  return {
    Type: 'AWS::IAM::RolePolicy',
    Properties: {
      PolicyName: `cluster-${cluster}`,
      RoleName: { Ref: role },
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'eks:DescribeCluster',
            Resource: {
              'Fn::Sub': `arn:\${AWS::Partition}:eks:\${AWS::Region}:\${AWS::AccountId}:cluster/${cluster}`,
            },
          },
        ],
      },
    },
  };
}
