import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { CLUSTER_NAME } from '../../../functions/cluster-name.ts';
import type { ClusterAccess } from '../../../functions/kube-api/cluster-access.ts';
import type { KeyStore } from '../../../functions/registration/keys/key-store.ts';
import type { RecordStore } from '../../../functions/registration/record/record-store.ts';
import type { RegistrarTools, RegistrationTarget } from '../../../functions/registration/registrar.ts';
import { readLocalEndpoint } from '../../local/server/endpoint-file.ts';
import { openLocalRecords } from '../../local/server/local-records.ts';
import { openLocalStore, TEMPLATES_DIR_DEFAULT } from '../../local/server/local-store.ts';
import { LOCAL_CLUSTER, LOCAL_FLEET } from '../../local/server/mutate.ts';
import { localKeys } from '../../local/server/state.ts';
import { UsageError } from '../errors.ts';
import { type FleetOptions, openRegistry, withFleetOptions } from '../fleet.ts';
import { readKubeconfig } from './kubeconfig.ts';

/** How an API server is reached: by a kubeconfig, or as an EKS cluster. */
export interface AccessOptions {
  readonly region?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly eks?: string;
}

/** The options of every verb: which cluster, where its registration is kept, and how its API server is reached. */
export interface TargetOptions extends FleetOptions, AccessOptions {
  readonly cluster?: string;
  readonly stateDir?: string;
  readonly templates: string;
}

/** Where a registration is kept, without a way to the Kubernetes cluster. */
export interface Registry {
  readonly records: RecordStore;
  readonly keys: KeyStore;
  readonly templates: RegistrarTools['templates'];
}

/** The longest that EKS is asked where a cluster is, in milliseconds. */
const EKS_MS = 30_000;

/** Adds the options of `TargetOptions` to a command. */
export function withTargetOptions(command: Command): Command {
  const named = command
    .option(
      '--cluster <name>',
      'name of the Kubernetes cluster (default: that of --eks; with --state-dir: local)',
      clusterName,
    )
    .option('--state-dir <dir>', 'state folder of npm start: its keys and records, in place of Parameter Store')
    .option('--templates <dir>', 'with --state-dir: folder of sidecar templates', TEMPLATES_DIR_DEFAULT);
  return withFleetOptions(withAccessOptions(named)).hook('preAction', (_, asked) => {
    const options = asked.opts<TargetOptions>();
    const isAws = ['fleet', 'region', 'endpointUrl'].some((name) => asked.getOptionValueSource(name) === 'cli');
    if (options.stateDir !== undefined && isAws && options.eks === undefined) {
      throw new UsageError('--state-dir is for npm start; --fleet, --region and --endpoint-url are for AWS');
    }
  });
}

/** Adds `--kubeconfig`, `--context` and `--eks` to a command. */
export function withAccessOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'as kubectl: way to the API server (default: KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'as kubectl: context of the kubeconfig')
    .option('--eks <name>', 'reach the EKS cluster of this name with AWS credentials, without a kubeconfig')
    .hook('preAction', (_, asked) => {
      const { eks, kubeconfig, context } = asked.opts<AccessOptions>();
      if (eks !== undefined && (kubeconfig !== undefined || context !== undefined)) {
        throw new UsageError('--eks needs no kubeconfig: use --eks, or --kubeconfig and --context');
      }
    });
}

/** Which registration is meant. */
export function targetOf({ cluster, eks, stateDir, fleet }: TargetOptions): RegistrationTarget {
  const isLocal = stateDir !== undefined;
  const name = cluster ?? eks ?? (isLocal ? LOCAL_CLUSTER : undefined);
  if (name === undefined) throw new UsageError('which cluster? Say --cluster NAME, or --eks NAME');
  return { fleet: isLocal ? LOCAL_FLEET : fleet, cluster: name };
}

/** The files of a state folder, or the fleet in Parameter Store. */
export async function openRecords(options: TargetOptions): Promise<Registry> {
  const { stateDir } = options;
  if (stateDir === undefined) return await openRegistry(options);
  const records = openLocalRecords(stateDir);
  return { records, keys: localKeys(stateDir), templates: openLocalStore(options.templates, stateDir) };
}

/** How the API server is reached. */
export async function openAccess(options: AccessOptions): Promise<ClusterAccess> {
  const { eks: name } = options;
  const region = options.region || process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'];
  if (name === undefined) return await readKubeconfig(options);
  if (region === undefined || region === '')
    throw new UsageError('no AWS region was found; use --region, or set AWS_REGION');
  const [{ openEksCluster }, { defaultProvider }] = await Promise.all([
    import('../../../functions/kube-api/eks-cluster.ts'),
    import('@aws-sdk/credential-provider-node'),
  ]);
  const say = (line: string): void => void process.stderr.write(`Warning: ${line}\n`);
  return await openEksCluster({ name, region, credentials: defaultProvider(), say }, AbortSignal.timeout(EKS_MS));
}

/** The endpoint to register: the one named, or the one that runs with this state folder. */
export async function endpointOf(
  { stateDir }: TargetOptions,
  named: string | undefined,
  caFile: string | undefined,
): Promise<{ readonly url: string; readonly ca?: string }> {
  const local = stateDir === undefined || named !== undefined ? undefined : await readLocalEndpoint(stateDir);
  const url = named ?? local?.url;
  if (url === undefined) {
    throw new UsageError(
      stateDir === undefined
        ? 'which endpoint? Say --endpoint https://… (the output HttpApiUrl of the deployment)'
        : `no endpoint is running with state in ${stateDir}; start one with: npm start -- --https, or say --endpoint`,
    );
  }
  if (named !== undefined && !isHttps(named)) {
    throw new UsageError(`--endpoint ${named} must be an https:// URL, such as https://abc.example.com`);
  }
  if (!isHttps(url)) {
    throw new UsageError(
      'the endpoint serves HTTP; kube-apiserver calls only https. Start it with: npm start -- --https',
    );
  }
  const file = caFile ?? local?.caFile;
  return { url: url.replace(/\/$/, ''), ...(file === undefined ? {} : { ca: await readFile(file, 'utf8') }) };
}

function isHttps(url: string): boolean {
  return url.startsWith('https://') && URL.canParse(url);
}

/** Reads the name of a Kubernetes cluster, as an option has it. */
export function clusterName(text: string): string {
  if (CLUSTER_NAME.test(text)) return text;
  throw new InvalidArgumentError('must be letters, digits, ., - and _, at most 100 characters.');
}
