import type { ClusterRecord } from '../../cluster-record/cluster-record.ts';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';

/** A variable that admission adds to containers. Without `values` and `begins` it may have any value. */
interface AddedVariable {
  readonly name: string;
  /** The only values that it has. */
  readonly values?: readonly string[];
  /** More values: those that begin with one of these. */
  readonly begins?: readonly string[];
}

/** A mount that admission adds to containers. With `volume`, the name of the mounted volume begins with that text. */
interface AddedMount {
  readonly mountPath: string;
  readonly volume?: string;
}

/** What admission adds to every container of a Pod. The Pod itself does not ask for these elements. */
export interface AdmissionAdds {
  readonly env: readonly AddedVariable[];
  readonly volumeMounts: readonly AddedMount[];
}

const EKS_IRSA = '/var/run/secrets/eks.amazonaws.com/serviceaccount';
const EKS_POD_IDENTITY = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount';
const AZURE = ['/var/run/secrets/azure/wi', '/var/run/secrets/azure/tokens'] as const;
/** Authorities of Azure's clouds (go-autorest, azure/environments.go; MSAL). `admissionAdds` allows others. */
const AZURE_AUTHORITIES = [
  'https://login.microsoftonline.com',
  'https://login.microsoftonline.us',
  'https://login.microsoftonline.de',
  'https://login.chinacloudapi.cn',
  'https://login.partner.microsoftonline.cn',
] as const;
const GCP_CONFIG = '/var/run/secrets/gcloud/config';
const GKE_FLEET = '/var/run/secrets/tokens/gcp-ksa';

/**
 * The closed list. A Pod that is admitted once and sent again (`kubectl get -o yaml`) contains these elements. An
 * injected container that has them still counts as injected. A cluster record adds more by `admissionAdds`.
 */
export const BUILT_IN_ADDS: AdmissionAdds = {
  env: [
    // IRSA and EKS Pod Identity (aws/amazon-eks-pod-identity-webhook, pkg/handler).
    { name: 'AWS_ROLE_ARN', begins: ['arn:'] },
    { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', begins: [`${EKS_IRSA}/`] },
    { name: 'AWS_STS_REGIONAL_ENDPOINTS' },
    { name: 'AWS_DEFAULT_REGION' },
    { name: 'AWS_REGION' },
    {
      name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      begins: ['http://169.254.170.23/v1/credentials', 'http://[fd00:ec2::23]/v1/credentials'],
    },
    { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', begins: [`${EKS_POD_IDENTITY}/`] },
    // Azure/azure-workload-identity, pkg/webhook/consts.go; the older mount path until v1.4.
    { name: 'AZURE_CLIENT_ID' },
    { name: 'AZURE_TENANT_ID' },
    { name: 'AZURE_AUTHORITY_HOST', values: AZURE_AUTHORITIES.flatMap((url) => [url, `${url}/`]) },
    { name: 'AZURE_FEDERATED_TOKEN_FILE', begins: AZURE.map((path) => `${path}/`) },
    // GKE's own metadata server adds nothing to containers; these are of the federation webhook
    // (pfnet-research/gcp-workload-identity-federation-webhook) and of GKE fleets outside of Google Cloud.
    { name: 'GOOGLE_APPLICATION_CREDENTIALS', begins: [`${GCP_CONFIG}/`, `${GKE_FLEET}/`] },
    { name: 'CLOUDSDK_CONFIG', values: [GCP_CONFIG], begins: [`${GCP_CONFIG}/`] },
    { name: 'CLOUDSDK_COMPUTE_REGION' },
    { name: 'CLOUDSDK_CORE_PROJECT' },
  ],
  volumeMounts: [
    // ServiceAccount admission (kubernetes/plugin/pkg/admission/serviceaccount).
    { mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', volume: 'kube-api-access' },
    { mountPath: EKS_IRSA, volume: 'aws-iam-token' },
    { mountPath: EKS_POD_IDENTITY, volume: 'eks-pod-identity-token' },
    { mountPath: AZURE[0], volume: 'azure-workload-identity-reserved-' },
    { mountPath: AZURE[1], volume: 'azure-identity-token' },
    { mountPath: '/var/run/secrets/sts.googleapis.com/serviceaccount', volume: 'gcp-iam-token' },
    { mountPath: GCP_CONFIG, volume: 'gcloud-config' },
    { mountPath: GCP_CONFIG, volume: 'external-credential-config' },
    { mountPath: GKE_FLEET, volume: 'gcp-ksa' },
  ],
};

const ofRecords = new WeakMap<ClusterRecord, AdmissionAdds>();

/** The closed list with what the record of a Kubernetes cluster adds to it. */
export function admissionAddsOf(record: ClusterRecord): AdmissionAdds {
  const { admissionAdds } = record;
  if (admissionAdds === undefined) return BUILT_IN_ADDS;
  const known = ofRecords.get(record) ?? {
    env: [...BUILT_IN_ADDS.env, ...admissionAdds.env.map((name) => ({ name }))],
    volumeMounts: [...BUILT_IN_ADDS.volumeMounts, ...admissionAdds.volumeMounts.map((mountPath) => ({ mountPath }))],
  };
  ofRecords.set(record, known);
  return known;
}

/** Whether admission adds this element of a container's list. An element with further fields does not count. */
export function isAddedByAdmission(field: string, element: unknown, adds: AdmissionAdds = BUILT_IN_ADDS): boolean {
  if (!isRecord(element)) return false;
  if (field === 'env') {
    const value = own(element, 'value') ?? '';
    return (
      hasOnly(element, ['name', 'value']) &&
      typeof value === 'string' &&
      adds.env.some((variable) => own(element, 'name') === variable.name && hasKnownValue(value, variable))
    );
  }
  if (field !== 'volumeMounts' || !hasOnly(element, ['name', 'mountPath', 'readOnly'])) return false;
  const volume = own(element, 'name');
  return adds.volumeMounts.some(
    (mount) =>
      own(element, 'mountPath') === mount.mountPath &&
      typeof volume === 'string' &&
      volume.startsWith(mount.volume ?? ''),
  );
}

/** A segment `..` of a path or URL leaves the folder that the beginning names. URLs also encode it or use backslashes. */
const PARENT = /[/\\](\.|%2e){2}($|[/\\?#])/i;

function hasKnownValue(value: string, { values = [], begins = [] }: AddedVariable): boolean {
  if (values.length === 0 && begins.length === 0) return true;
  if (values.includes(value)) return true;
  return begins.some((beginning) => value.startsWith(beginning)) && !PARENT.test(value);
}

function hasOnly(element: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean {
  return Object.keys(element).every((key) => keys.includes(key));
}
