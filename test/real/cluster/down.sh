#!/usr/bin/env bash
# down.sh [--wipe]: stops the control plane that up.sh started (and only that); --wipe also removes its state.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
stop kube-apiserver 10
stop etcd 10
[ "${1:-}" != --wipe ] || rm -rf "$CLUSTER_RUN"
