import { createHash } from 'node:crypto';
import { idsOfType, type Resource, type Resources } from './cloudformation.ts';
import { addRegistrations, type Surroundings } from './registrations.ts';
import type { Settings } from './settings.ts';

const STAGE = 'AWS::ApiGateway::Stage';

/**
 * Completes the compiled template by what YAML cannot say: one registration for each cluster, shares of the concurrency
 * that are reserved or not, alarms that call the topic, what may be notified, and a deployment of the REST API that is made again when the API
 * changes.
 *
 * @param resources is changed
 */
export function completeResources(resources: Resources, settings: Settings, surroundings: Surroundings): void {
  if (settings.heartbeatHours === 0) delete resources['NoReviewsAlarm'];
  if (!settings.apiGatewayAccount) {
    delete resources['ApiGatewayAccount'];
    delete resources['ApiGatewayLogRole'];
    for (const id of idsOfType(resources, STAGE)) dropDependency(resources, id, 'ApiGatewayAccount');
  }
  reserveConcurrency(resources, settings.concurrency);
  callTopic(resources, settings.alarmTopic);
  allowTargets(resources, settings.notificationTargets);
  renewDeployment(resources);
  addRegistrations(resources, settings, surroundings);
}

/** To reserve 0 would mean to Lambda that the function is never run; here it means that nothing is reserved. */
function reserveConcurrency(resources: Resources, concurrency: Settings['concurrency']): void {
  for (const [name, share] of Object.entries(concurrency)) {
    const id = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}LambdaFunction`;
    const made = resources[id];
    if (made === undefined) continue;
    const { ReservedConcurrentExecutions: _, ...rest } = made.Properties ?? {};
    const Properties = share === 0 ? rest : { ...rest, ReservedConcurrentExecutions: share };
    resources[id] = { ...made, Properties };
  }
}

/** Without a topic alarms only change their colour. */
function callTopic(resources: Resources, topic: string): void {
  if (topic === '') return;
  for (const id of idsOfType(resources, 'AWS::CloudWatch::Alarm')) {
    const alarm = resources[id];
    if (alarm === undefined) continue;
    resources[id] = { ...alarm, Properties: { ...alarm.Properties, AlarmActions: [topic], OKActions: [topic] } };
  }
}

/** What `advance` may notify besides webhooks: in a policy of its own, since its role has no room for one more. */
function allowTargets(resources: Resources, targets: Settings['notificationTargets']): void {
  const [topics, buses] = [':sns:', ':events:'].map((service) => targets.filter((arn) => arn.includes(service)));
  const statements = [
    { Effect: 'Allow', Action: 'sns:Publish', Resource: topics },
    { Effect: 'Allow', Action: 'events:PutEvents', Resource: buses },
  ].filter(({ Resource: arns = [] }) => arns.length > 0);
  if (statements.length === 0) return;
  resources['NotificationPolicy'] = {
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: {
      Roles: [{ Ref: 'AdvanceRole' }],
      PolicyDocument: { Version: '2012-10-17', Statement: statements },
    },
  };
}

/**
 * A stage serves the deployment that it names, which is a copy of the API taken when it was made: CloudFormation makes a
 * new one only under a new logical id.
 */
function renewDeployment(resources: Resources): void {
  const { RestDeployment: deployment, RestApi: api } = resources;
  if (deployment === undefined || api === undefined) return;
  const id = `RestDeployment${hash(JSON.stringify(api))}`;
  delete resources['RestDeployment'];
  resources[id] = deployment;
  for (const stageId of idsOfType(resources, STAGE)) {
    const stage = resources[stageId];
    if (stage === undefined) continue;
    resources[stageId] = { ...stage, Properties: { ...stage.Properties, DeploymentId: { Ref: id } } };
  }
}

function dropDependency(resources: Resources, id: string, dependency: string): void {
  const resource = resources[id];
  if (resource === undefined) return;
  const { DependsOn, ...rest } = resource;
  const left = [DependsOn ?? []].flat().filter((name) => name !== dependency);
  const kept: Resource = left.length === 0 ? rest : { ...rest, DependsOn: left };
  resources[id] = kept;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
