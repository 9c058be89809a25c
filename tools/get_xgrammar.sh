#!/bin/bash
# Builds the grammar library, xgrammar, which no Debian release has: its source
# archive comes from PyPI through pip, at the version and hash below, gets the
# patches of tools/xgrammar and becomes a static library with its headers in one
# folder outside of the tree. Prints that folder. Does nothing where it is there
# already, or with --where.
set -euo pipefail

version=0.2.9
sha256=87b466bca2475e29bb0323abc62c6c33cbcbcff47e5fb800a3e2099ac9620b90
patches=$(cd "$(dirname "$0")/xgrammar" && pwd)
# Another folder where a patch is another one.
mark=$(cat "$patches"/*.patch | sha256sum | cut -c1-8)
prefix=${XDG_CACHE_HOME:-$HOME/.cache}/g4/xgrammar-$version-$mark

echo "$prefix"
[ "${1:-}" = --where ] && exit 0
[ -e "$prefix/lib/libxgrammar.a" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
exec 3>&1 >&2 # all that follows is progress
echo "get_xgrammar: building xgrammar $version into $prefix"

python3 -m venv "$work/venv"
# pip asks an archive's build system for its metadata, even to download it. This
# one answers, so that no build system is downloaded and run.
site=$("$work/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
mkdir "$site/scikit_build_core"
cat >"$site/scikit_build_core/build.py" <<PYTHON
import os
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = "xgrammar-$version.dist-info"
    os.mkdir(os.path.join(folder, info))
    with open(os.path.join(folder, info, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\nName: xgrammar\nVersion: $version\n")
    return info
def build_wheel(folder, config_settings=None, metadata_directory=None):
    raise RuntimeError("only the sources are wanted")
PYTHON
echo "xgrammar==$version --hash=sha256:$sha256" >"$work/requirements.txt"
"$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps \
  --no-binary xgrammar --no-build-isolation --require-hashes \
  --requirement "$work/requirements.txt" --dest "$work"
tar -xzf "$work/xgrammar-$version.tar.gz" -C "$work"
# Without the line's first word git would leave files out that lie in a repository.
(cd "$work/xgrammar-$version" && GIT_CEILING_DIRECTORIES="$work" git apply --unidiff-zero "$patches"/*.patch)

# Its CMakeLists.txt reads this file from the build folder, and sets -flto and
# -Werror for itself in front of the flags below.
mkdir "$work/build"
echo 'set(XGRAMMAR_BUILD_PYTHON_BINDINGS OFF)' >"$work/build/config.cmake"
cmake -G Ninja -S "$work/xgrammar-$version" -B "$work/build" \
  -DCMAKE_CXX_COMPILER=clang++-22 -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_INSTALL_PREFIX="$prefix.new" -DCMAKE_INSTALL_LIBDIR=lib \
  "-DCMAKE_CXX_FLAGS=-fno-lto -Wno-error -ffunction-sections -fdata-sections" >/dev/null
cmake --build "$work/build" --target xgrammar
cmake --install "$work/build" >/dev/null
install -m 644 "$work/xgrammar-$version/LICENSE" "$prefix.new/"
rm -rf "$prefix"
mv "$prefix.new" "$prefix"
