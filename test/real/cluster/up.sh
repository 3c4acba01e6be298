#!/usr/bin/env bash
# up.sh - starts one real control plane: etcd + kube-apiserver, on loopback, as envtest does.
# Idempotent: what already runs stays. Prints the path of an admin kubeconfig on stdout.
#
#   CLUSTER_RUN=dir   state of this control plane (several can run side by side)
#   CLUSTER_IP        address to serve on (127.0.0.1)
#   CLUSTER_PORT      port of the API server (a free one, kept for the next start)
#   APISERVER_ARGS    extra flags, space separated (the last one wins)
#
# Leaves in $CLUSTER_RUN: kubeconfig, env (KUBECONFIG, APISERVER_URL, WEBHOOK_* ...), audit.log,
# pki/ca.{crt,key}, pki/webhook-ca.crt and pki/webhook.{crt,key} for a webhook on 127.0.0.1/localhost,
# tokens.csv (static bearer tokens: admin, dev), log/*.log.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
for b in etcd kube-apiserver kubectl; do [ -x "$CLUSTER_BIN/$b" ] || die "$b is missing: run build.sh first"; done
have openssl || die "openssl is missing"

IP="${CLUSTER_IP:-127.0.0.1}"
P="$CLUSTER_RUN/pki"
mkdir -p "$P" "$CLUSTER_RUN/log" "$CLUSTER_RUN/pid"

# ---- ports, remembered so that a restart keeps its address --------------------------------------
port() { [ -s "$CLUSTER_RUN/port.$1" ] || { [ -n "${2:-}" ] && echo "$2" || free_port; } >"$CLUSTER_RUN/port.$1"; cat "$CLUSTER_RUN/port.$1"; }
PORT="$(port apiserver "${CLUSTER_PORT:-}")"
ETCD="$(port etcd)"; ETCDP="$(port etcd-peer)"
URL="https://$IP:$PORT"

# ---- throw-away PKI (P-256: instant) --------------------------------------------------------------
key() { [ -s "$1" ] || openssl ecparam -genkey -name prime256v1 -noout -out "$1" 2>/dev/null; }
ca() { # ca FILE CN
  [ -s "$P/$1.crt" ] && return 0
  key "$P/$1.key"
  openssl req -x509 -new -key "$P/$1.key" -subj "/CN=$2" -days 30 -out "$P/$1.crt" \
    -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' 2>/dev/null
}
cert() { # cert FILE CA SUBJECT [SAN]
  [ -s "$P/$1.crt" ] && return 0
  key "$P/$1.key"
  { echo 'keyUsage=digitalSignature'; echo 'extendedKeyUsage=serverAuth,clientAuth'; [ -z "${4:-}" ] || echo "subjectAltName=$4"; } >"$P/$1.ext"
  openssl req -new -key "$P/$1.key" -subj "$3" -out "$P/$1.csr" 2>/dev/null
  openssl x509 -req -in "$P/$1.csr" -CA "$P/$2.crt" -CAkey "$P/$2.key" -CAcreateserial -days 30 \
    -extfile "$P/$1.ext" -out "$P/$1.crt" 2>/dev/null
  rm -f "$P/$1.csr" "$P/$1.ext"
}
kubeconfig() { # kubeconfig FILE CERT
  cat >"$1" <<YAML
apiVersion: v1
kind: Config
current-context: cluster
clusters: [{name: cluster, cluster: {server: "$URL", certificate-authority-data: $(base64 -w0 "$P/ca.crt")}}]
users: [{name: u, user: {client-certificate-data: $(base64 -w0 "$P/$2.crt"), client-key-data: $(base64 -w0 "$P/$2.key")}}]
contexts: [{name: cluster, context: {cluster: cluster, user: u}}]
YAML
  chmod 600 "$1"
}
ca ca cluster-ca
ca webhook-ca cluster-webhook-ca
NODE="${CLUSTER_NODE:-node1}"
cert apiserver ca "/CN=kube-apiserver" "IP:$IP,IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
cert admin ca "/O=system:masters/CN=cluster-admin"
cert controller-manager ca "/CN=system:kube-controller-manager"
cert scheduler ca "/CN=system:kube-scheduler"
cert kubelet ca "/O=system:nodes/CN=system:node:$NODE" "DNS:$NODE,IP:$IP"
cert webhook webhook-ca "/CN=cluster-webhook" "DNS:localhost,DNS:${CLUSTER_WEBHOOK_NAME:-$(hostname)},IP:127.0.0.1"
[ -s "$P/sa.key" ] || openssl genrsa -out "$P/sa.key" 2048 2>/dev/null      # RSA: RS256 tokens, as on EKS
[ -s "$P/sa.pub" ] || openssl rsa -in "$P/sa.key" -pubout -out "$P/sa.pub" 2>/dev/null
[ -s "$CLUSTER_RUN/tokens.csv" ] || {
  echo "$(openssl rand -hex 24),admin-token,uid-admin,\"system:masters\""
  echo "$(openssl rand -hex 24),dev,uid-dev,\"developers\""
} >"$CLUSTER_RUN/tokens.csv"
for k in admin controller-manager scheduler kubelet; do kubeconfig "$CLUSTER_RUN/$k.kubeconfig" "$k"; done
cp "$CLUSTER_RUN/admin.kubeconfig" "$CLUSTER_RUN/kubeconfig"

# ---- audit: RequestResponse level is needed to see patch.* annotations of mutating webhooks ------
cat >"$CLUSTER_RUN/audit-policy.yaml" <<'YAML'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Request
  verbs: [create, update, patch]
  resources: [{group: "", resources: [pods]}]
- level: None
YAML

# ---- etcd ----------------------------------------------------------------------------------------
start etcd "$CLUSTER_BIN/etcd" --name default --data-dir "$CLUSTER_RUN/etcd" \
  --listen-client-urls "http://127.0.0.1:$ETCD" --advertise-client-urls "http://127.0.0.1:$ETCD" \
  --listen-peer-urls "http://127.0.0.1:$ETCDP" --initial-advertise-peer-urls "http://127.0.0.1:$ETCDP" \
  --initial-cluster "default=http://127.0.0.1:$ETCDP" --unsafe-no-fsync --log-level warn

# ---- kube-apiserver --------------------------------------------------------------------------------
# The issuer is the server's own URL, so OIDC discovery and JWKS can be fetched by a JWT authorizer.
# shellcheck disable=SC2086
start kube-apiserver "$CLUSTER_BIN/kube-apiserver" \
  --etcd-servers "http://127.0.0.1:$ETCD" \
  --bind-address "$IP" --advertise-address "$IP" --secure-port "$PORT" --endpoint-reconciler-type=none \
  --tls-cert-file "$P/apiserver.crt" --tls-private-key-file "$P/apiserver.key" \
  --client-ca-file "$P/ca.crt" --token-auth-file "$CLUSTER_RUN/tokens.csv" \
  --authorization-mode=Node,RBAC --allow-privileged=true \
  --service-cluster-ip-range=10.96.0.0/16 \
  --service-account-issuer="$URL" --service-account-jwks-uri="$URL/openid/v1/jwks" \
  --service-account-key-file "$P/sa.pub" --service-account-signing-key-file "$P/sa.key" \
  --api-audiences="$URL" --enable-admission-plugins=NodeRestriction \
  --kubelet-client-certificate "$P/admin.crt" --kubelet-client-key "$P/admin.key" \
  --kubelet-certificate-authority "$P/ca.crt" --kubelet-preferred-address-types=InternalIP \
  --audit-policy-file "$CLUSTER_RUN/audit-policy.yaml" --audit-log-path "$CLUSTER_RUN/audit.log" \
  --profiling=false --cert-dir "$P" ${APISERVER_ARGS:-}

export KUBECONFIG="$CLUSTER_RUN/kubeconfig"
k() { "$CLUSTER_BIN/kubectl" "$@"; }
wait_for 90 "kube-apiserver" k get --raw=/readyz || { tail -20 "$CLUSTER_RUN/log/kube-apiserver.log" >&2; exit 1; }
# Nobody but kube-controller-manager makes the default service account, and pods need it.
wait_for 20 "the default namespace" k get ns default
k get serviceaccount default -n default >/dev/null 2>&1 || k create serviceaccount default -n default >/dev/null 2>&1 || true
# A JWT authorizer fetches discovery and keys without credentials.
k get clusterrolebinding cluster-oidc-discovery >/dev/null 2>&1 || k create clusterrolebinding cluster-oidc-discovery \
  --clusterrole=system:service-account-issuer-discovery --group=system:unauthenticated >/dev/null

cat >"$CLUSTER_RUN/env" <<ENV
export KUBECONFIG=$CLUSTER_RUN/kubeconfig
export PATH=$CLUSTER_BIN:\$PATH
export APISERVER_URL=$URL
export WEBHOOK_CA=$P/webhook-ca.crt WEBHOOK_CERT=$P/webhook.crt WEBHOOK_KEY=$P/webhook.key
ENV
echo "$CLUSTER_RUN/kubeconfig"
