# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What test scripts share. Sourced, it makes an empty folder the current one, which goes when the
# script ends. A failure is printed and remembered in `failed`, so that the rest is tried as well.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export NO_COLOR=1
mien=$MIEN_BUILD/bin/mien
subject=() # the command that ends() runs, where all of a script is about one
failed=0 # for the script's exit status

fail() {
    printf 'FAIL: %s\n' "$*"
    # shellcheck disable=SC2034
    failed=1
}

# ends STATUS ARGUMENT...: runs mien, or its command `subject`; its output is in out and err.
ends() {
    local wanted=$1 status=0
    shift
    "$mien" "${subject[@]}" "$@" >out 2>err </dev/null || status=$?
    ((status == wanted)) ||
        fail "mien ${subject[*]} $*: wanted exit status $wanted, got $status: $(head -c 600 err out)"
}

# refuses_early ARGUMENT...: runs mien, which fails before any work: it has printed nothing.
refuses_early() {
    ends 1 "$@"
    [[ ! -s out ]] || fail "mien ${subject[*]} $*: worked first: $(head -c 300 out)"
}

says() { # FILE TEXT
    grep -qF -- "$2" "$1" || fail "$1 does not say '$2': $(head -c 900 "$1")"
}
