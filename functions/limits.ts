/**
 * The times of one admission, in milliseconds, each inside the next (asserted in test/limits.test.ts): a read of the
 * store < what a request waits for it < the function < kube-apiserver's `timeoutSeconds`.
 */
export const STORE_READ_MS = 1_000;
/** The longest that a request waits for a store that has never answered yet. */
export const STORE_WAIT_MS = 1_200;
/** The longest that one request of an environment waits for a fresh value of a store in place of an aged one. */
export const STORE_STALE_WAIT_MS = 1_000;
/** The function's own timeout (serverless.yml). */
export const MUTATE_TIMEOUT_MS = 2_000;
/** `timeoutSeconds` of the webhook registration. */
export const WEBHOOK_TIMEOUT_SECONDS = 3;

/** Kept back from the caller's deadline for merging, encoding and the way back. */
export const DEADLINE_MARGIN_MS = 250;

/** Templates and records are read again about this often, per environment. */
export const STORE_TTL_MS = 30_000;

/**
 * The times of one poll, in milliseconds, each inside the next (asserted in test/limits.test.ts): what a poll waits for
 * a fresh state when it has one already < a read of the canaries < the function < the proxy's request_timeout of 5 s.
 */
export const POLL_STALE_WAIT_MS = 500;
/** One read of the canaries, in milliseconds: it is given up while the proxy still waits. */
export const CANARY_READ_MS = 1_500;
/** What a poll waits for its proxy report to be written. */
export const REPORT_WRITE_MS = 500;
/** For each of an issuer's two documents, one after the other. */
export const ISSUER_FETCH_MS = 600;
/** The function's own timeout (serverless.yml). */
export const DISCOVERY_TIMEOUT_MS = 4_000;
/** `request_timeout` of every subscription: longer than a cold start. */
export const POLL_TIMEOUT_SECONDS = 5;
/** The same of subscriptions that a sidecar's script answers, which waits `POLL_TIMEOUT_SECONDS` itself. */
export const PACED_TIMEOUT_SECONDS = 6;

/** The head of the canaries is read at most this often, per environment and Kubernetes cluster. */
export const HEAD_TTL_MS = 1_000;
/** An environment writes its reports of proxies at most this often. */
export const REPORT_WRITE_EVERY_MS = 3_000;

/** What proxies counted is written at most this often, per environment and Kubernetes cluster. */
export const EVIDENCE_WRITE_EVERY_MS = 3_000;
/** What they found of hosts is written this often where it is as it was, and as often as what they counted where not. */
export const HOSTS_WRITE_EVERY_MS = 60_000;

/** The poll interval of proxies is written this often, or at once where it grows: several times in the hour for which it counts. */
export const PACE_WRITE_EVERY_MS = 600_000;

/** `Retry-After` for a throttled caller; kube-apiserver counts in whole seconds. */
export const RETRY_AFTER_SECONDS = 1;
/** What the second try needs, reading included; less would only trade an early failure for a late one. */
export const RETRY_ROOM_MS = STORE_WAIT_MS + DEADLINE_MARGIN_MS;

/**
 * What must be left of the caller's time, beside the margin, for trying the next channel in shadow mode: a second
 * decoding and injection of the largest Pod, 3 MB, takes some 100 ms on a whole core; twice that for a part of one.
 */
export const SHADOW_ROOM_MS = 250;

/** All annotations of an object together, keys and values in bytes (apimachinery, TotalAnnotationSizeLimitB). */
export const ANNOTATION_BYTES_MAX = 256 * 1_024;
/** What templates add to one Pod together, as JSON: etcd takes no object of more than 1.5 MiB. */
export const PLAN_CHARACTERS_MAX = 1_024 * 1_024;
/** What Lambda delivers as a response: 6 MB (docs.aws.amazon.com/lambda, "Lambda quotas"). */
export const RESPONSE_BYTES_MAX = 6 * 1_024 * 1_024;
/** Kept back of it for all that is not the patch: the review round it, warnings, the status, the event's own fields. */
export const RESPONSE_MARGIN_BYTES = 256 * 1_024;
/** The JSON of a patch, in bytes: base64 makes four of three. */
export const PATCH_BYTES_MAX = Math.floor(((RESPONSE_BYTES_MAX - RESPONSE_MARGIN_BYTES) * 3) / 4);
/**
 * The operations of one patch: each takes about 40 µs of a whole core to merge, prove and write, so these take a third of
 * a second, which a function of 512 MB (0.29 of a core) has within its timeout. A Pod of 100 containers, each of which gets
 * 50 variables beside its own, needs 5,000.
 */
export const OPERATIONS_MAX = 8_192;

/** What making the signing keys may take: with the response well inside the `ServiceTimeout` of infra/deploy/keys.yml. */
export const KEYS_WORK_MS = 35_000;

/** One try of a call may take this long: DynamoDB answers in some milliseconds, so a longer silence is worth a retry. */
export const TRY_MS = 1_000;
/** The longest that a request of the release API waits for a cluster record. */
export const CLUSTER_WAIT_MS = 3_000;
/** What the creation of a canary waits to read which proxies poll, only to warn. */
export const CALLERS_READ_MS = 1_000;
/** What a larger share waits to read which freezes there are. Without them it is refused; a smaller one is not. */
export const FREEZES_READ_MS = 2_000;
/** The longest that a read spends on writing what the clock has changed of the canaries that it shows. */
export const SETTLE_MS = 500;
/**
 * The longest that a read of the release API takes in all. While the store is throttled, readers must not
 * occupy every slot of the function; they retry.
 */
export const RELEASE_READ_MS = 1_500;
/** `Retry-After` for a watch for which nothing is new; clients of Kubernetes give up after ten. */
export const WATCH_RETRY_SECONDS = 2;
/** The longest that the release API works on one request, in milliseconds; an abort goes on trying as long as that. */
export const CANARIES_WORK_MS = 8_000;
/** The timeout of its function (serverless.yml). */
export const CANARIES_TIMEOUT_MS = 10_000;

/**
 * The times of one tick of `advance`, in milliseconds, each inside the next (asserted in test/limits.test.ts): writing
 * what the clock has changed and reading the Pods of one Kubernetes cluster < the work of the tick < the function.
 */
export const SETTLE_ALL_MS = 12_000;
/** 10,000 Pods are 20 pages of some MB; a cluster that takes longer must not use up the others' time. */
export const DRIFT_READ_MS = 30_000;
/** What `advance` does in one tick besides running releases; what is left over is the next tick's. */
export const ADVANCE_WORK_MS = 50_000;
/** While a release moves it is looked at this often: evidence comes in windows of as much. */
export const LOOK_EVERY_MS = 5_000;
/** One look at one release: some reads and two writes. */
export const RELEASE_LOOK_MS = 4_000;
/** The last look of an invocation begins before: the next invocation has begun by then, a minute later and some seconds late. */
export const ADVANCE_LOOP_MS = 80_000;
/** The timeout of its function (serverless.yml). */
export const ADVANCE_TIMEOUT_MS = 90_000;
/** The Pods of a Kubernetes cluster are read this often: they are megabytes, and drift is a matter of hours. */
export const DRIFT_EVERY_MS = 5 * 60_000;

/**
 * The times of metrics of other systems, in milliseconds. A look at a release waits so long for measurements, and for hooks;
 * what takes longer is found by the next look. So a provider that hangs delays no release: of 50 that begin to measure at once,
 * eight at a time are looked at, and the last has waited 3 s.
 */
export const METRIC_LOOK_MS = 500;
/** What a measurement waits for the cluster record, which is mostly cached. */
export const METRIC_RECORD_MS = 500;
/** For one measurement, name resolution included; also Prometheus' own timeout of the query. Less than from one look to the next. */
export const METRIC_READ_MS = 4_000;

/**
 * The times of workloads, in milliseconds: what a look waits for an API server < one reading < how long a reading counts. A
 * conviction is written whatever they are.
 */
export const WORKLOAD_LOOK_MS = 500;
/** For one reading, the way into the Kubernetes cluster included. */
export const WORKLOAD_READ_MS = 4_000;
/** For one writing: a look has time for it besides. */
export const WORKLOAD_WRITE_MS = 2_000;
/** A reading that began longer ago is none any more: three looks. */
export const WORKLOAD_KEPT_MS = 15_000;
/** The way into a Kubernetes cluster is used this long. */
export const CLUSTER_ENTRY_MS = 5 * 60_000;
/** Between two tries of one delivery to a hook, in milliseconds. */
export const HOOK_RETRY_MS = 1_000;
