#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, as C11 and as C++20, by gcc and by clang, without a warning;
# and a plugin in C++ works.
set -uo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

fail() {
    printf 'FAIL: %s\n' "$*"
    failed=1
}

include=$MIEN_SOURCE/zoo/include
warnings=(-Wall -Wextra -Wshadow -pedantic -Werror)
count=0
for header in "$include"/mien/*.h; do
    name=mien/${header##*/}
    # Twice, so that the include guard is tried too.
    printf '#include <%s>\n#include <%s>\nint main(void) { return 0; }\n' "$name" "$name" >"$scratch/alone.c"
    cp "$scratch/alone.c" "$scratch/alone.cpp"
    for compiler in gcc clang; do
        "$compiler" -std=c11 "${warnings[@]}" -Wstrict-prototypes -I"$include" -fsyntax-only \
            "$scratch/alone.c" || fail "$name is no C11 for $compiler"
    done
    for compiler in g++ clang++; do
        "$compiler" -std=c++20 "${warnings[@]}" -I"$include" -fsyntax-only "$scratch/alone.cpp" ||
            fail "$name is no C++20 for $compiler"
    done
    count=$((count + 1))
done
((count >= 8)) || fail "only $count headers were found"

# Members left out are zero, as the header says; clang would have them all written down.
for compiler in g++ clang++; do
    "$compiler" -std=c++20 "${warnings[@]}" -Wno-missing-field-initializers -I"$include" -fPIC -shared -fvisibility=hidden \
        -o "$scratch/cpp.so" "$MIEN_SOURCE/tests/sdk/cpp/cpp.cpp" -L"$MIEN_BUILD/lib" -lmien ||
        fail "$compiler refuses the plugin"
    MIEN_PLUGIN_PATH=$scratch "$MIEN_BUILD/bin/mien" inspect "$MIEN_SOURCE/tests/sdk/cpp/cpp.yaml" \
        >"$scratch/out" 2>&1 || fail "$compiler: mien inspect: $(<"$scratch/out")"
    grep -q "conv1 .*conv2d .*\[8, 8, 4\].*3x3 stride 2, 4 filters" "$scratch/out" ||
        fail "$compiler: the network is not as declared: $(<"$scratch/out")"
done

((failed)) || echo "$count headers"
exit "$failed"
