#!/bin/sh
# proxy-init.sh - stands in for linkerd's proxy-init, whose Go module no registry has: takes the same flags (those that the
# template gives, and no other) and makes the same rules. Its shell carries the same file capabilities as that binary.
set -eu
die() { echo "Error: $*" >&2; exit 1; }
port() { case "$1" in '' | *[!0-9]*) false ;; *) [ "$1" -ge 1 ] && [ "$1" -le 65535 ] ;; esac; }

incoming='' outgoing='' uid='' mode=legacy in_skip='' out_skip='' ipv6=true simulate=false
for arg; do
  value="${arg#*=}"
  case "$arg" in
    --incoming-proxy-port=*) incoming="$value" ;;
    --outgoing-proxy-port=*) outgoing="$value" ;;
    --proxy-uid=*) uid="$value" ;;
    # a list that is given again is added to
    --inbound-ports-to-ignore=*) in_skip="$in_skip,$value" ;;
    --outbound-ports-to-ignore=*) out_skip="$out_skip,$value" ;;
    --iptables-mode=*) mode="$value" ;;
    --ipv6=*) ipv6="$value" ;;
    --simulate | --simulate=true) simulate=true ;;
    *) die "unknown flag: $arg" ;;
  esac
done
port "$incoming" || die "--incoming-proxy-port must be a valid TCP port number"
port "$outgoing" || die "--outgoing-proxy-port must be a valid TCP port number"
case "$mode" in nft | legacy) suffix="-$mode" ;; plain) suffix='' ;; *) die "--iptables-mode must be one of: legacy, nft, plain" ;; esac

run() { echo "$*"; [ "$simulate" = true ] || "$@"; }
# ignore CMD CHAIN LIST: RETURN for the ports; a multiport match takes 15 of them, a range (8-9) counts as two
ignore() {
  chunk='' n=0
  IFS_="$IFS"; IFS=,
  for p in $3; do
    [ -n "$p" ] || continue
    size=1; case "$p" in *-*) size=2 ;; esac
    if [ $((n + size)) -gt 15 ]; then IFS="$IFS_"; run "$1" -t nat -A "$2" -p tcp --match multiport --dports "${chunk#,}" -j RETURN; IFS=,; chunk=''; n=0; fi
    chunk="$chunk,$(echo "$p" | tr - :)"; n=$((n + size))
  done
  IFS="$IFS_"
  [ -z "$chunk" ] || run "$1" -t nat -A "$2" -p tcp --match multiport --dports "${chunk#,}" -j RETURN
}

rules() {
  run "$1" -t nat -N PROXY_INIT_REDIRECT
  ignore "$1" PROXY_INIT_REDIRECT "$in_skip"
  run "$1" -t nat -A PROXY_INIT_REDIRECT -p tcp -j REDIRECT --to-port "$incoming"
  run "$1" -t nat -A PREROUTING -j PROXY_INIT_REDIRECT
  run "$1" -t nat -N PROXY_INIT_OUTPUT
  [ -z "$uid" ] || run "$1" -t nat -A PROXY_INIT_OUTPUT -m owner --uid-owner "$uid" -j RETURN
  run "$1" -t nat -A PROXY_INIT_OUTPUT -o lo -j RETURN
  ignore "$1" PROXY_INIT_OUTPUT "$out_skip"
  run "$1" -t nat -A PROXY_INIT_OUTPUT -p tcp -j REDIRECT --to-port "$outgoing"
  run "$1" -t nat -A OUTPUT -j PROXY_INIT_OUTPUT
}
rules "iptables$suffix"
[ "$ipv6" = false ] || rules "ip6tables$suffix"
