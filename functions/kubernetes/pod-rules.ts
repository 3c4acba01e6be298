/**
 * What the API server demands of the types of pod-types.ts beside the types of their fields: a type a line, then `!field`
 * for one that must be there and `field=A|B` for one that takes only these texts. Written by `npm run golden:types` from
 * the markers in the sources of k8s.io/api, and held to them by test/real/pod-types.test.ts.
 */
const TABLE = `
AWSElasticBlockStoreVolumeSource !volumeID
AppArmorProfile !type type=Localhost|RuntimeDefault|Unconfined
AzureDiskVolumeSource !diskName !diskURI cachingMode=None|ReadOnly|ReadWrite kind=Dedicated|Managed|Shared
AzureFileVolumeSource !secretName !shareName
CSIVolumeSource !driver
CephFSVolumeSource !monitors
CinderVolumeSource !volumeID
ClusterTrustBundleProjection !path
ConfigMapKeySelector !key
Container !name imagePullPolicy=Always|IfNotPresent|Never terminationMessagePolicy=FallbackToLogsOnError|File
ContainerPort !containerPort protocol=SCTP|TCP|UDP
ContainerResizePolicy !resourceName !restartPolicy
DownwardAPIVolumeFile !path
EnvVar !name
FileKeySelector !key !path !volumeName
FlexVolumeSource !driver
GCEPersistentDiskVolumeSource !pdName
GRPCAction !port
GitRepoVolumeSource !repository
GlusterfsVolumeSource !endpoints !path
HTTPGetAction !port scheme=HTTP|HTTPS
HTTPHeader !name
HostAlias !ip
HostPathVolumeSource !path type=BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket
ISCSIVolumeSource !iqn !targetPortal
ImageVolumeSource pullPolicy=Always|IfNotPresent|Never
KeyToPath !key !path
LabelSelectorRequirement !key !operator
Lifecycle stopSignal=SIGABRT|SIGALRM|SIGBUS|SIGCHLD|SIGCLD|SIGCONT|SIGFPE|SIGHUP|SIGILL|SIGINT|SIGIO|SIGIOT|SIGKILL|SIGPIPE|SIGPOLL|SIGPROF|SIGPWR|SIGQUIT|SIGRTMAX|SIGRTMAX-1|SIGRTMAX-10|SIGRTMAX-11|SIGRTMAX-12|SIGRTMAX-13|SIGRTMAX-14|SIGRTMAX-2|SIGRTMAX-3|SIGRTMAX-4|SIGRTMAX-5|SIGRTMAX-6|SIGRTMAX-7|SIGRTMAX-8|SIGRTMAX-9|SIGRTMIN|SIGRTMIN+1|SIGRTMIN+10|SIGRTMIN+11|SIGRTMIN+12|SIGRTMIN+13|SIGRTMIN+14|SIGRTMIN+15|SIGRTMIN+2|SIGRTMIN+3|SIGRTMIN+4|SIGRTMIN+5|SIGRTMIN+6|SIGRTMIN+7|SIGRTMIN+8|SIGRTMIN+9|SIGSEGV|SIGSTKFLT|SIGSTOP|SIGSYS|SIGTERM|SIGTRAP|SIGTSTP|SIGTTIN|SIGTTOU|SIGURG|SIGUSR1|SIGUSR2|SIGVTALRM|SIGWINCH|SIGXCPU|SIGXFSZ
NFSVolumeSource !path !server
NodeSelector !nodeSelectorTerms
NodeSelectorRequirement !key !operator operator=DoesNotExist|Exists|Gt|In|Lt|NotIn
ObjectFieldSelector !fieldPath
OwnerReference !apiVersion !kind !name !uid
PersistentVolumeClaimSpec accessModes=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod volumeMode=Block|Filesystem
PersistentVolumeClaimTemplate !spec
PersistentVolumeClaimVolumeSource !claimName
PhotonPersistentDiskVolumeSource !pdID
PodAffinityTerm !topologyKey
PodOS !name
PodReadinessGate !conditionType
PodResourceClaim !name
PodSchedulingGate !name
PodSecurityContext fsGroupChangePolicy=Always|OnRootMismatch supplementalGroupsPolicy=Merge|Strict
PodSpec dnsPolicy=ClusterFirst|ClusterFirstWithHostNet|Default|None preemptionPolicy=Never|PreemptLowerPriority restartPolicy=Always|Never|OnFailure
PortworxVolumeSource !volumeID
PreferredSchedulingTerm !weight
QuobyteVolumeSource !registry !volume
RBDVolumeSource !image !monitors
ResourceClaim !name
ResourceFieldSelector !resource
ScaleIOVolumeSource !gateway !secretRef !system
SeccompProfile !type type=Localhost|RuntimeDefault|Unconfined
SecretKeySelector !key
SecurityContext procMount=Default|Unmasked
ServiceAccountTokenProjection !path
Sysctl !name
TCPSocketAction !port
Toleration effect=NoExecute|NoSchedule|PreferNoSchedule operator=Equal|Exists|Gt|Lt
TopologySpreadConstraint !maxSkew !topologyKey !whenUnsatisfiable nodeAffinityPolicy=Honor|Ignore nodeTaintsPolicy=Honor|Ignore whenUnsatisfiable=DoNotSchedule|ScheduleAnyway
TypedLocalObjectReference !kind !name
TypedObjectReference !kind !name
Volume !name
VolumeDevice !devicePath !name
VolumeMount !mountPath !name mountPropagation=Bidirectional|HostToContainer|None
VsphereVirtualDiskVolumeSource !volumePath
WeightedPodAffinityTerm !podAffinityTerm !weight
`;

/** The rules of one type. */
export interface TypeRules {
  readonly required: readonly string[];
  /** The texts that a field takes; a field of lists takes lists of them. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

const NONE: TypeRules = { required: [], values: new Map() };

let rules: ReadonlyMap<string, TypeRules> | undefined;

/** The rules of a type of the table; empty for a type that has none. */
export function rulesOf(type: string): TypeRules {
  rules ??= readTable();
  return rules.get(type) ?? NONE;
}

function readTable(): ReadonlyMap<string, TypeRules> {
  return new Map(
    TABLE.trim()
      .split('\n')
      .map((row) => {
        const [name = '', ...parts] = row.split(' ');
        const required = parts.flatMap((part) => (part.startsWith('!') ? [part.slice(1)] : []));
        const values = parts.flatMap((part) => {
          const [field = '', texts] = part.split('=');
          return texts === undefined ? [] : [[field, texts.split('|')] as const];
        });
        return [name, { required, values: new Map(values) }];
      }),
  );
}
