#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The installed tree, moved to another place: it runs, and a plugin author builds against it, with
# the CMake package and with pkg-config and a plain compiler.
set -uo pipefail
unset MIEN_PLUGIN_PATH MIEN_MANIFEST_PATH LD_LIBRARY_PATH
export NO_COLOR=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failed=0

fail() {
    printf 'FAIL: %s\n' "$*"
    failed=1
}

run() { "$@" >out 2>&1 </dev/null || fail "$*: exit status $?: $(tail -c 1500 out)"; }
says() { grep -qF -- "$1" out || fail "no '$1' in: $(head -c 600 out)"; }

run cmake --install "$MIEN_BUILD" --prefix "$scratch/first"
mv first moved || exit 1
prefix=$scratch/moved
mien=$prefix/bin/mien
lib=$(dirname "$(find "$prefix" -name libmien.so)")

for file in bin/mien bin/mien-import include/mien/plugin.h include/mien/mien.h \
    share/man/man1/mien.1 share/man/man1/mien-import.1 \
    share/bash-completion/completions/mien share/zsh/site-functions/_mien \
    share/fish/vendor_completions.d/mien.fish share/mien/manifest.schema.json \
    share/mien/manifests/mini-xception.yaml share/mien/manifests/mini-xception.safetensors \
    share/mien/import/mini-xception.yaml share/doc/mien/LICENSE \
    share/doc/mien/samples/small-cnn/CMakeLists.txt; do
    [[ -s $prefix/$file ]] || fail "$file is not installed"
done
for header in "$MIEN_SOURCE"/zoo/include/mien/*.h; do
    cmp -s "$header" "$prefix/include/mien/${header##*/}" || fail "${header##*/} is not installed"
done
for plugin in "$MIEN_BUILD"/lib/mien/plugins/*.so; do
    [[ -s $lib/mien/plugins/${plugin##*/} ]] || fail "${plugin##*/} is not installed"
done

# Nothing leads back to the build folder or to where the tree was first.
while IFS= read -r -d '' file; do
    path=$(readelf -d "$file" 2>readelf.log | grep -E 'RPATH|RUNPATH')
    [[ $path != *"$MIEN_BUILD"* && $path != *"$scratch"* ]] || fail "$file: $path"
done < <(find "$prefix" \( -name '*.so*' -o -path '*/bin/*' \) -type f -print0)
run ldd "$lib/mien/plugins/vit.so"
says "$(basename "$(readlink -f "$lib")")/mien/plugins/../../libmien.so"
grep -rIlF -e "$MIEN_BUILD" -e "$scratch/first" "$lib/cmake" "$lib/pkgconfig" && fail "names a folder of the build"

run "$mien" list
says mini-xception
says ready
if grep -qF broken out; then fail "not everything is ready: $(<out)"; fi
run "$mien" predict "$MIEN_SOURCE/manifests/golden/collins.png"
says happy
run "$mien" check
run "$mien" help import
run "$mien" inspect vit
says "$prefix"
run "$mien" inspect robustness
says "$prefix/share/mien/manifests/sweeps/robustness.yaml"

# --- An author with CMake ------------------------------------------------------------------------
cp -r "$prefix/share/doc/mien/samples/small-cnn" author
run cmake -S author -B author/build -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_FLAGS="-Wall -Wextra -pedantic -Werror"
run cmake --build author/build
[[ $(nm -D --defined-only --format=posix author/build/small-cnn.so | cut -d ' ' -f 1) == mien_plugin_entry ]] ||
    fail "small-cnn.so exports more than its entry"
MIEN_PLUGIN_PATH=author/build run "$mien" inspect author/small-cnn.yaml
says blocks.2.conv
MIEN_PLUGIN_PATH=author/build run "$mien" check author/small-cnn.yaml
says "passed"
MIEN_PLUGIN_PATH=author/build run "$mien" predict -m author/small-cnn.yaml author/face.png
says happy
run cmake --install author/build --prefix "$prefix"
if [[ $lib == "$prefix/lib" ]]; then
    run "$mien" compare "$MIEN_SOURCE/manifests/golden/collins.png"
    says small-cnn
    says mini-xception
fi

# --- An author with a compiler -------------------------------------------------------------------
export PKG_CONFIG_PATH=$lib/pkgconfig
run pkg-config --define-prefix --cflags mien
says "-I$prefix/include"
read -ra flags < <(pkg-config --cflags --libs mien)
cp -r "$prefix/share/doc/mien/samples/hog" plain
run cc -std=c11 -O2 -Wall -Wextra -pedantic -Werror -fPIC -shared -fvisibility=hidden -Wl,-z,defs \
    -o plain/hog.so plain/hog.c "${flags[@]}" -lm
MIEN_PLUGIN_PATH=plain run "$mien" inspect plain/hog.yaml
says "computed by the plugin itself"
MIEN_PLUGIN_PATH=plain run "$mien" check plain/hog.yaml
says "passed"
MIEN_PLUGIN_PATH=plain run "$mien" predict -m plain/hog.yaml plain/face.png
says happy
cp plain/hog.so "$(pkg-config --variable=plugindir mien)" || fail "plugindir"
run "$mien" predict -m plain/hog.yaml plain/face.png

((failed)) || echo "installed, moved, extended"
exit "$failed"
