#!/usr/bin/env bash
# cluster-up.sh - a one-node cluster without a container engine: control plane, kubelet, containerd and
# runc in namespaces of their own (mount, network, PID, cgroup, UTS). The network namespace has no way out,
# so nothing of the cluster can reach, or be reached from, the machine's network; cluster-down.sh ends it all
# by ending the namespace's first process. Idempotent. Run things in it with: ./cluster-exec.sh COMMAND...
#
# Needs root, iproute2, containerd, runc, containernetworking-plugins, iptables, conntrack,
# and what build.sh (all) and images/build-images.sh made.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ "$(id -u)" = 0 ] || die "needs root"
for b in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl; do [ -x "$CLUSTER_BIN/$b" ] || die "$b is missing: run build.sh all"; done
for b in containerd runc ip iptables conntrack unshare nsenter; do have "$b" || die "$b is missing"; done

export CLUSTER_NODE_DIR="${CLUSTER_NODE_DIR:-$CLUSTER_HOME/node}"   # one for each node: tests make their own
export CLUSTER_IMAGES="${CLUSTER_IMAGES:-$CLUSTER_HOME/images}"
CLUSTER_RUN="$CLUSTER_NODE_DIR/outer"
mkdir -p "$CLUSTER_RUN" "$CLUSTER_NODE_DIR"

if ! running node; then
  rm -rf "$CLUSTER_NODE_DIR/ready" "$CLUSTER_NODE_DIR/run/pid"
  start node env CLUSTER_RUN="$CLUSTER_NODE_DIR/run" unshare --mount --net --pid --cgroup --uts --fork --kill-child --mount-proc \
    bash "$CLUSTER_DIR/node-init.sh"
fi
wait_for 180 "the node" test -e "$CLUSTER_NODE_DIR/ready" || { tail -30 "$CLUSTER_RUN/log/node.log" >&2; exit 1; }
say "the node is ready: ./cluster-exec.sh kubectl get nodes"
