#!/usr/bin/env bash
# setup.sh [api|cluster] - everything a fresh Debian 12 machine needs, then the binaries (and images):
#   api      etcd, kube-apiserver, kubectl: for up.sh                              (default)
#   cluster  also the node's parts and the images: for cluster-up.sh; needs root
# Idempotent. Packages come from Debian, Go modules, npm and PyPI by their ordinary clients. Installs Debian packages
# only as root; otherwise it names those that are missing.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
WHAT="${1:-api}"
# Suites run two at a time: the second one waits, and finds everything built.
mkdir -p "$CLUSTER_HOME"
if have flock; then exec 9>"$CLUSTER_HOME/setup.lock"; flock 9; fi
missing=()
need() { have "$1" || missing+=("$2"); }
need openssl openssl; need unzip unzip
if [ "$WHAT" = cluster ]; then
  need containerd containerd; need runc runc; need iptables iptables; need conntrack conntrack; need ip iproute2
  need busybox busybox-static; need gcc gcc; need unshare util-linux; need setcap libcap2-bin; need python3 python3
  python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
  dpkg -s containernetworking-plugins >/dev/null 2>&1 || missing+=(containernetworking-plugins)
fi
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] && have apt-get || die "missing: ${missing[*]}"
  say "apt-get install ${missing[*]}"
  apt-get update -qq
  # no service is to start by itself: the cluster starts its own containerd
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
if [ "$WHAT" = cluster ]; then
  "$CLUSTER_DIR/build.sh" all
  "$CLUSTER_DIR/images/build-images.sh"
else
  "$CLUSTER_DIR/build.sh" api
fi
