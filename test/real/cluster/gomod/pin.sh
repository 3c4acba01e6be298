#!/usr/bin/env bash
# pin.sh vX.Y.Z - rewrites go.mod and go.sum beside it for another Kubernetes version (run it by hand, then commit).
# k8s.io/kubernetes asks for its staging modules as v0.0.0, which only "replace" lines can satisfy: each is
# published as v0.Y.Z. etcd's server is already among its (indirect) requirements, at a version that fits.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
V="${1:?usage: pin.sh vX.Y.Z}"; STAGING="v0.${V#v1.}"
export GOFLAGS=-mod=mod
SRC="$(cd "$(mktemp -d)" && go mod download -json "k8s.io/kubernetes@$V" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')"
[ -s "$SRC" ] || { echo "no such version: $V" >&2; exit 1; }
{
  echo "module cluster.invalid/kubernetes"; echo
  grep '^go ' "$SRC"; grep '^godebug ' "$SRC" || true; echo
  echo "require ("
  echo "	go.etcd.io/etcd/server/v3 $(awk '$1=="go.etcd.io/etcd/server/v3"{print $2; exit}' "$SRC")"
  echo "	k8s.io/kubernetes $V"
  echo ")"; echo; echo "replace ("
  awk '$2=="v0.0.0" && $1 ~ /^k8s\.io\// {print $1}' "$SRC" | sort -u | while read -r m; do echo "	$m => $m $STAGING"; done
  echo ")"
} >go.mod
rm -f go.sum
go list -deps go.etcd.io/etcd/server/v3 k8s.io/kubernetes/cmd/{kube-apiserver,kube-controller-manager,kube-scheduler,kubelet,kube-proxy,kubectl} >/dev/null
( cd ../../merge-oracle && go get "k8s.io/api@$STAGING" "k8s.io/apimachinery@$STAGING" && go mod tidy )
wc -l go.mod go.sum
