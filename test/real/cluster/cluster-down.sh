#!/usr/bin/env bash
# cluster-down.sh [--wipe]: ends the node that cluster-up.sh started, with every process in it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
N="${CLUSTER_NODE_DIR:-$CLUSTER_HOME/node}"
CLUSTER_RUN="$N/outer"
if running node; then
  outer="$(cat "$N/outer/pid/node")"
  init="$(cat "/proc/$outer/task/$outer/children")"; init="${init%% *}"
  [ -z "$init" ] || kill -TERM "$init" 2>/dev/null || true       # asks the node to end by itself
  for ((i = 0; i < 100; i++)); do [ -d "/proc/$outer" ] || break; sleep 0.1; done
fi
stop node 2                                                      # unshare --kill-child ends the rest
# the cgroups of the pods, seen from outside the cgroup namespace
for c in /sys/fs/cgroup/*/; do
  rel="$(awk -F: -v n="$(basename "$c")" '$2==n{print $3}' /proc/self/cgroup)"
  find "$c${rel#/}/$(cgroup_name "$N")" -depth -type d -exec rmdir {} + 2>/dev/null || true
done
[ "${1:-}" != --wipe ] || rm -rf "$N"
