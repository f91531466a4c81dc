#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# libmien exports what its headers declare, and no less than ABI 1.0 promised (symbols-1.0.txt: a
# name there never goes away while the major version is 1). Plugins export their entry alone.
set -uo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failed=0

fail() {
    printf 'FAIL: %s\n' "$*"
    failed=1
}

exports() { nm -D --defined-only --format=posix "$1" | cut -d ' ' -f 1 | sort -u; }

# The last five are for the host, not installed.
cat "$MIEN_SOURCE"/zoo/include/mien/*.h "$MIEN_SOURCE"/zoo/{config,image/inputs,nearest,replace,scalar}.h | tr '\n' ' ' |
    grep -oE 'MIEN_API [^;{}#/(]*\(' | grep -oE 'mien_[a-z0-9_]+ *\($' | tr -d ' (' | sort -u >declared
exports "$MIEN_BUILD/lib/libmien.so" >exported
[[ $(wc -l <declared) -gt 90 ]] || fail "only $(wc -l <declared) declarations were found"
comm -23 declared exported >missing
[[ ! -s missing ]] || fail "declared, not exported: $(tr '\n' ' ' <missing)"
grep '^mien_' exported | comm -13 declared - >undeclared
[[ ! -s undeclared ]] || fail "exported, not declared: $(tr '\n' ' ' <undeclared)"
grep -v '^#' "$MIEN_SOURCE/tests/sdk/symbols-1.0.txt" | sort -u >promised
comm -23 promised exported >gone
[[ ! -s gone ]] || fail "promised by ABI 1.0 and gone: $(tr '\n' ' ' <gone)"

count=0
for plugin in "$MIEN_BUILD"/lib/mien/plugins/*.so; do
    # A sanitizer's own marks aside.
    [[ $(exports "$plugin" | grep -v '^_' | grep -v '^__') == mien_plugin_entry ]] ||
        fail "$plugin exports $(exports "$plugin" | tr '\n' ' ')"
    count=$((count + 1))
done
((count >= 5)) || fail "only $count plugins were found"

((failed)) || echo "$(wc -l <exported) symbols, $count plugins"
exit "$failed"
