#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/debian passes the exit status, standard input and signals through and keeps the folder: as it
# runs here, and by each way into the Debian 13 root that this machine has and allows.
set -euo pipefail
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
debian=$tree/tools/debian
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

expect() { # what, wanted, got
    [[ $2 == "$3" ]] && return
    echo "FAIL (${MIEN_DEBIAN_RUNG:-plain}): $1: wanted '$2', got '$3'"
    failed=1
}

status_of() {
    local status=0
    "$@" >/dev/null 2>&1 || status=$?
    echo "$status"
}

check_way() {
    local folder="$scratch/a folder" process status=0
    mkdir -p "$folder"
    cd "$folder"
    expect "exit status" 37 "$(status_of "$debian" sh -c 'exit 37')"
    expect "status of a command that is not there" 127 "$(status_of "$debian" "$scratch/absent")"
    # shellcheck disable=SC2016
    expect "status of a command that a signal ends" 143 "$(status_of "$debian" sh -c 'kill -TERM $$')"
    expect "standard input" "one two" "$(printf 'one two' | "$debian" cat 2>/dev/null)"
    expect "current folder" "$folder" "$("$debian" pwd 2>/dev/null)"
    expect "arguments" "<a b><*><>" "$("$debian" printf '<%s>' 'a b' '*' '' 2>/dev/null)"
    expect "the project" "$(<"$tree/LICENSE")" "$("$debian" cat "$tree/LICENSE" 2>/dev/null)"
    # shellcheck disable=SC2016
    expect "Debian's release" yes "$(\
        "$debian" sh -c '. /etc/os-release; [ "${VERSION_ID:-99}" -ge 13 ] && echo yes' 2>/dev/null)"
    # A signal to tools/debian reaches the command, which here says that it is up and how it ended.
    "$debian" sh -c 'trap "echo ended >>log; exit 9" TERM; echo up >log; while :; do sleep 0.05; done' 2>/dev/null &
    process=$!
    while [[ ! -s log ]]; do sleep 0.05; done
    kill -TERM "$process"
    wait "$process" || status=$?
    expect "status after a signal" 9 "$status"
    expect "signal" "up ended" "$(tr '\n' ' ' <log | sed 's/ $//')"
    rm -f log
}

unset MIEN_DEBIAN_RUNG
check_way
expect "status of wrong usage" 125 "$(status_of "$debian" --with nonsense true)"
expect "status without a command" 125 "$(status_of "$debian")"

if [[ -d ${XDG_CACHE_HOME:-$HOME/.cache}/mien/debian-13 ]] && ((EUID == 0)); then
    for rung in unshare userns proot; do
        export MIEN_DEBIAN_RUNG=$rung
        if [[ $(status_of "$debian" true) == 125 ]]; then
            echo "not tried, for this machine refuses it: $rung"
            continue
        fi
        check_way
        echo "tried: $rung"
    done
else
    echo "not tried, for there is no Debian 13 root: unshare, userns, proot"
fi
exit "$failed"
