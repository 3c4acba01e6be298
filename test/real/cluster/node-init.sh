#!/usr/bin/env bash
# node-init.sh - first process of the node (started by cluster-up.sh inside fresh namespaces): prepares mounts,
# cgroups and network, starts everything, writes $CLUSTER_NODE_DIR/ready, then waits. Not for use by hand.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ $$ = 1 ] || die "not for use by hand: run cluster-up.sh"
N="$CLUSTER_NODE_DIR"
export CLUSTER_NODE="${CLUSTER_NODE:-node1}" CLUSTER_IP="${CLUSTER_IP:-10.244.0.1}" CLUSTER_PORT=6443
POD_NET="${CLUSTER_POD_NET:-10.244.0.0/24}" CLUSTER_NET="${CLUSTER_CLUSTER_NET:-10.244.0.0/16}"
CG="$(cgroup_name "$N")"
mkdir -p "$N"/{containerd,kubelet,cni-state,net.d,certs.d/_default,varlog,run,static-pods}

# ---- mounts: private to this node ---------------------------------------------------------------
mount --make-rprivate /
hostname "$CLUSTER_NODE"
bind() { mkdir -p "$1" "$2"; mount --bind "$1" "$2"; }
mount -t tmpfs -o mode=755 tmpfs /run; mkdir -p /run/lock /run/netns
bind "$N/kubelet" /var/lib/kubelet
bind "$N/cni-state" /var/lib/cni
bind "$N/varlog" /var/log
printf '127.0.0.1 localhost\n%s %s\n' "$CLUSTER_IP" "$CLUSTER_NODE" >"$N/hosts"
printf 'nameserver %s\n' "$CLUSTER_IP" >"$N/resolv.conf"
touch /etc/resolv.conf; mount --bind "$N/hosts" /etc/hosts; mount --bind "$N/resolv.conf" "$(readlink -f /etc/resolv.conf)"
# kubelet sets some kernel knobs of the whole machine; give it stand-ins, so that the machine's stay as they are
for kv in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  f="/proc/sys/${kv%%=*}"; [ -e "$f" ] || continue
  s="$N/sysctl.$(basename "$f")"; echo "${kv##*=}" >"$s"; mount --bind "$s" "$f"
done
# sysfs belongs to a network namespace: mount our own, then the cgroups as this cgroup namespace sees them
mount -t sysfs sysfs /sys
if [ "$(grep -vc '^0::' /proc/self/cgroup)" -gt 0 ]; then          # cgroup v1
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  while IFS=: read -r id ctl _; do
    [ "$id" != 0 ] && [ -n "$ctl" ] || continue
    name="${ctl#name=}"; mkdir -p "/sys/fs/cgroup/$name"
    mount -t cgroup -o "$( [ "$ctl" = "$name" ] && echo "$ctl" || echo "none,$ctl" )" cgroup "/sys/fs/cgroup/$name"
  done </proc/self/cgroup
else                                                               # cgroup v2: nothing may live in the root
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mkdir -p /sys/fs/cgroup/init; for p in $(cat /sys/fs/cgroup/cgroup.procs); do echo "$p" >/sys/fs/cgroup/init/cgroup.procs 2>/dev/null || true; done
  for c in $(cat /sys/fs/cgroup/cgroup.controllers); do echo "+$c" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true; done
fi
for c in /sys/fs/cgroup/*/; do [ -e "$c/cgroup.procs" ] && mkdir -p "$c/$CG"; done
# a fresh cpuset group has neither cpus nor memory nodes until it is told
for f in cpuset.cpus cpuset.mems; do d=/sys/fs/cgroup/cpuset; [ ! -e "$d/$f" ] || cat "$d/$f" >"$d/$CG/$f"; done
mount --make-rshared /

# ---- network: a bridge, no uplink -------------------------------------------------------------------
ip link set lo up
ip link add cni0 type bridge; ip addr add "$CLUSTER_IP/24" dev cni0; ip link set cni0 up
ip route add default dev cni0 2>/dev/null || true                   # kubelet and the API server look for one
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || true
cat >"$N/net.d/10-cluster.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "cluster", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "isDefaultGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "/run/cni-ipam", "ranges": [[{"subnet": "$POD_NET"}]]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}
]}
JSON

# ---- control plane -----------------------------------------------------------------------------------
export CLUSTER_RUN="$N/run"
APISERVER_ARGS="--endpoint-reconciler-type=lease ${APISERVER_ARGS:-}" bash "$CLUSTER_DIR/up.sh" >/dev/null
P="$CLUSTER_RUN/pki"
keep kube-controller-manager "$CLUSTER_BIN/kube-controller-manager" --kubeconfig "$CLUSTER_RUN/controller-manager.kubeconfig" \
  --bind-address 127.0.0.1 --leader-elect=false --use-service-account-credentials \
  --service-account-private-key-file "$P/sa.key" --root-ca-file "$P/ca.crt" \
  --allocate-node-cidrs --cluster-cidr "$CLUSTER_NET" --node-cidr-mask-size 24
keep kube-scheduler "$CLUSTER_BIN/kube-scheduler" --kubeconfig "$CLUSTER_RUN/scheduler.kubeconfig" --bind-address 127.0.0.1 --leader-elect=false

# ---- containerd ------------------------------------------------------------------------------------------
keep registry "$NODE_JS" "$CLUSTER_DIR/images/registry.ts" "$CLUSTER_IMAGES" 5000
cat >"$N/certs.d/_default/hosts.toml" <<'TOML'
[host."http://127.0.0.1:5000"]
  capabilities = ["pull", "resolve"]
TOML
CNI_BIN="${CLUSTER_CNI_BIN:-$(dirname "$(dpkg -L containernetworking-plugins | grep -m1 '/bridge$')")}"
cat >"$N/containerd.toml" <<TOML
version = 2
root = "$N/containerd"
state = "/run/containerd"
oom_score = 0
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "cluster.local/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "${CLUSTER_SNAPSHOTTER:-overlayfs}"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$CNI_BIN"
    conf_dir = "$N/net.d"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$N/certs.d"
TOML
keep containerd "${CLUSTER_CONTAINERD:-containerd}" --config "$N/containerd.toml"
wait_for 30 containerd test -S /run/containerd/containerd.sock

# ---- kubelet -------------------------------------------------------------------------------------------------
cat >"$N/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: "$P/ca.crt"}}
authorization: {mode: Webhook}
tlsCertFile: "$P/kubelet.crt"
tlsPrivateKeyFile: "$P/kubelet.key"
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /$CG
failCgroupV1: false
failSwapOn: false
clusterDomain: cluster.local
clusterDNS: ["$CLUSTER_IP"]
resolvConf: /etc/resolv.conf
address: $CLUSTER_IP
healthzBindAddress: 127.0.0.1
readOnlyPort: 0
staticPodPath: "$N/static-pods"
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: "100Mi", nodefs.available: "1%", imagefs.available: "1%"}
YAML
keep kubelet "$CLUSTER_BIN/kubelet" --config "$N/kubelet.yaml" --kubeconfig "$CLUSTER_RUN/kubelet.kubeconfig" \
  --hostname-override "$CLUSTER_NODE" --node-ip "$CLUSTER_IP" --root-dir /var/lib/kubelet

KUBECONFIG="$CLUSTER_RUN/kubeconfig" keep dns "$NODE_JS" "$CLUSTER_DIR/cluster-dns.ts" "$CLUSTER_IP" "$CLUSTER_NODE"

# ---- kube-proxy, when it was built: services by iptables --------------------------------------------------------
export KUBECONFIG="$CLUSTER_RUN/kubeconfig"
if [ -x "$CLUSTER_BIN/kube-proxy" ]; then
  cat >"$N/kube-proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clientConnection: {kubeconfig: "$CLUSTER_RUN/kubeconfig"}
clusterCIDR: $CLUSTER_NET
conntrack: {maxPerCore: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
YAML
  keep kube-proxy "$CLUSTER_BIN/kube-proxy" --config "$N/kube-proxy.yaml" --hostname-override "$CLUSTER_NODE"
fi

wait_for 120 "kubelet" "$CLUSTER_BIN/kubectl" get --raw "/api/v1/nodes/$CLUSTER_NODE/proxy/healthz"
wait_for 120 "the node to register" "$CLUSTER_BIN/kubectl" get node "$CLUSTER_NODE"
wait_for 120 "the node to be Ready" "$CLUSTER_BIN/kubectl" wait --for=condition=Ready "node/$CLUSTER_NODE" --timeout=2s
no_taints() { [ -z "$("$CLUSTER_BIN/kubectl" get node "$CLUSTER_NODE" -o 'jsonpath={.spec.taints}')" ]; }
wait_for 60 "the not-ready taint to go" no_taints
wait_for 60 "the default service account" "$CLUSTER_BIN/kubectl" get serviceaccount/default configmap/kube-root-ca.crt
touch "$N/ready"
trap 'exit 0' TERM INT
while :; do sleep 3600 & wait $! || true; done
