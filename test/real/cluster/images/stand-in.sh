#!/bin/sh
# stand-in.sh - runs in place of a sidecar's program, which no registry of the tests has: refuses a flag that the program does not know
# (/flags, from its own --help), and answers on the port that it was told of, so that probes ask the right one.
#   stand-in PROGRAM ARGUMENT...
set -eu
program="$1"; shift
fail() { echo "stand-in: $program: $*" >&2; exit 1; }
serve() { # serve PORT: what the program answers its probes, until the kubelet ends it
  trap 'exit 0' TERM
  httpd -f -p "$1" -h /www & wait $!
}
known() { # known ARGUMENT...: every flag up to `--`
  local argument
  for argument; do
    case "$argument" in
      --) return ;;
      --*) grep -qxe "${argument%%=*}" "/flags/$program" || fail "unknown flag ${argument%%=*}" ;;
      *) fail "unexpected argument $argument" ;;
    esac
  done
}
value_of() { # value_of FLAG ARGUMENT...
  local flag="$1" argument; shift
  for argument; do case "$argument" in "$flag="*) echo "${argument#*=}"; return ;; esac; done
  fail "no $flag"
}
case "$program" in
  cloud-sql-proxy)
    known "$@"
    case "$(for last; do :; done; echo "$last")" in *:*:*) ;; *) fail "no instance" ;; esac
    serve "$(value_of --http-port "$@")" ;;
  oauth2-proxy)
    known "$@"
    [ -n "${OAUTH2_PROXY_CLIENT_SECRET:-}" ] && [ -n "${OAUTH2_PROXY_COOKIE_SECRET:-}" ] || fail "no secrets"
    address="$(value_of --http-address "$@")"
    serve "${address##*:}" ;;
  otel-collector)
    [ "$*" = --config=env:OTEL_COLLECTOR_CONFIG ] || fail "unexpected arguments $*"
    port="$(echo "$OTEL_COLLECTOR_CONFIG" | sed -n 's/.*"health_check":{"endpoint":"0\.0\.0\.0:\([0-9]*\)"}.*/\1/p')"
    serve "${port:?no health_check}" ;;
  vault)
    [ "$1" = agent ] || fail "unexpected command $1"
    config="$(cat "$(value_of -config "$@")")"
    token="$(echo "$config" | sed -n 's/.*"token_path":"\([^"]*\)".*/\1/p')"
    file="$(echo "$config" | sed -n 's/.*"destination":"\([^"]*\)".*/\1/p')"
    [ -s "$token" ] || fail "no token $token"
    sleep 2                                  # as a login takes
    echo "path=$VAULT_SECRET" >"$file"
    trap 'exit 0' TERM
    sleep 100000 & wait $! ;;
  *) fail "unknown program" ;;
esac
