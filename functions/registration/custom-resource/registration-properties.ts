import { EKS_CLUSTER_NAME } from '../../cluster-name.ts';
import type { Fault, Parsed } from '../../json/faults.ts';
import { WEBHOOK_TIMEOUT_SECONDS } from '../../limits.ts';
import type { RegistrationSpec } from '../registrar.ts';
import { propertyReader } from './resource-properties.ts';

const ENDPOINT = /^https:\/\/[a-z0-9.-]{1,253}(?::\d{1,5})?(?:\/[A-Za-z0-9._~/-]{0,100})?$/;
/** RFC 1123 label: namespaces, and templates too. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Parses the properties of `Custom::OutriggerRegistration`; every fault comes with its property. */
export function parseRegistration(properties: Readonly<Record<string, unknown>>): Parsed<RegistrationSpec> {
  const faults: Fault[] = [];
  const read = propertyReader(properties, faults);
  const namespaces = read.texts('Namespaces', LABEL, 'namespaces');
  const discovery =
    properties['DiscoveryEndpoint'] === undefined
      ? {}
      : { discovery: read.text('DiscoveryEndpoint', ENDPOINT, 'https://host').replace(/\/$/, '') };
  const defaultTemplates = read.texts('DefaultTemplates', LABEL, 'names of templates');
  const value: RegistrationSpec = {
    fleet: read.fleet(),
    cluster: read.text(
      'Cluster',
      EKS_CLUSTER_NAME,
      'the name of an EKS cluster: letters, digits, - and _, at most 100',
    ),
    endpoint: { url: read.text('Endpoint', ENDPOINT, 'https://host[/stage]').replace(/\/$/, '') },
    ...discovery,
    ...(read.oneOf('DiscoveryScope', ['AllClusters', 'NewClusters'], 'AllClusters') === 'NewClusters'
      ? { discoveryScope: 'NewClusters' }
      : {}),
    failurePolicy: read.oneOf('FailurePolicy', ['Ignore', 'Fail'], 'Ignore'),
    reinvocationPolicy: read.oneOf('ReinvocationPolicy', ['Never', 'IfNeeded'], 'Never'),
    timeoutSeconds: read.whole('TimeoutSeconds', { min: 1, max: 30 }, WEBHOOK_TIMEOUT_SECONDS),
    companionPolicy: read.oneOf('CompanionPolicy', ['Warn', 'Deny', 'None'], 'Warn'),
    ...(read.oneOf('SelfTest', ['Probe', 'None'], 'Probe') === 'None' ? { selfTest: 'None' } : {}),
    ...(namespaces === undefined || namespaces.length === 0 ? {} : { namespaces }),
    ...(defaultTemplates === undefined ? {} : { record: { defaultTemplates } }),
  };
  return faults.length > 0 ? { valid: false, faults } : { valid: true, value };
}
