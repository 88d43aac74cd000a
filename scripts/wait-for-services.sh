#!/usr/bin/env bash
# Waits until services answer: wait-for-services.sh <url>... An http:// address must answer with a status
# below 400, a redis:// one with PONG. WAIT_SECONDS is the deadline for all of them together (60). If LOG names a
# file, a failure prints the end of it; if PID is set, the wait fails as soon as that process has ended.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: $0 <url>...; for instance http://127.0.0.1:3000/healthz redis://127.0.0.1:6390" >&2; exit 2; }
deadline=$((SECONDS + ${WAIT_SECONDS:-60}))

answers() {
    local address reply
    case $1 in
        http://*) curl --silent --fail --max-time 2 --output /dev/null "$1" ;;
        redis://*)
            address=${1#redis://}
            address=${address%%/*}
            { exec 3<>"/dev/tcp/${address%:*}/${address##*:}"; } 2>/dev/null || return
            printf 'PING\r\n' >&3
            IFS= read -r -t 2 reply <&3 || reply=
            exec 3>&-
            [ "$reply" = $'+PONG\r' ]
            ;;
        *) echo "wait-for-services: '$1' is neither http:// nor redis://" >&2; exit 2 ;;
    esac
}

fail() {
    echo "wait-for-services: $1" >&2
    if [ -n "${LOG:-}" ]; then
        echo "the end of $LOG:" >&2
        tail -n 20 "$LOG" >&2 || true
    fi
    exit 1
}

for url in "$@"; do
    echo "waiting for $url"
    until answers "$url"; do
        [ -z "${PID:-}" ] || kill -0 "$PID" 2>/dev/null || fail "$url does not answer: process $PID has ended"
        [ $SECONDS -lt "$deadline" ] || fail "$url did not answer within ${WAIT_SECONDS:-60} s"
        sleep 0.2
    done
done
