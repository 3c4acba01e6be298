#!/usr/bin/env bash
# cluster-exec.sh COMMAND...: runs a command inside the cluster's namespaces, with KUBECONFIG and PATH set.
# The file system is the machine's, so a test suite of this repository can run there as it is; its
# 127.0.0.1 is the one that the API server calls webhooks on.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
N="${CLUSTER_NODE_DIR:-$CLUSTER_HOME/node}"
CLUSTER_RUN="$N/outer"; running node || die "no cluster: run cluster-up.sh"
outer="$(cat "$N/outer/pid/node")"
init="$(cat "/proc/$outer/task/$outer/children")"; init="${init%% *}"
[ -n "$init" ] || die "the node has no first process"
[ $# -gt 0 ] || set -- bash
exec nsenter --target "$init" --mount --net --pid --cgroup --uts --wd="$PWD" \
  bash -c '. "$0"; export CLUSTER_RUN="$1"; shift; exec "$@"' "$N/run/env" "$N/run" "$@"
