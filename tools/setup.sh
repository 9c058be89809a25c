#!/bin/bash
# Installs what building and testing g4 needs on Debian 12: tools/setup.sh [slow]
#
# Packages from Debian, and the grammar library, which tools/get_xgrammar.sh builds
# outside of the tree. With `slow` what the tests named *-slow need, too. Says what
# it installs, does nothing where all is there.
set -euo pipefail

packages=(
  clang-22 lld-22 liblld-22-dev llvm-22-dev llvm-22-tools libmlir-22-dev mlir-22-tools  # compiler
  clang-format-22 libclang-rt-22-dev                                                    # style, sanitizers
  cmake ninja-build ccache git                                                          # build
  libflatbuffers-dev flatbuffers-compiler libcli11-dev libgtest-dev libgmock-dev        # libraries
  libboost1.81-dev libssl-dev libeigen3-dev libxxhash-dev libyaml-cpp-dev zlib1g-dev libzstd-dev
  libjpeg62-turbo-dev libpng-dev libwebp-dev libgif-dev libexif-dev                     # pictures
  python3 python3-venv xz-utils curl openssl ca-certificates chromium fonts-dejavu-core         # tests
  nginx-light systemd
)
[ "${1:-}" != slow ] || packages+=(buildah runc mmdebstrap)  # images and containers without a daemon

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
# The grammar library is in no Debian release: its sources come from PyPI.
get_libraries() { "$(dirname "$0")/get_xgrammar.sh" >/dev/null; }
if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: all ${#packages[@]} packages are installed"
  get_libraries
  exit 0
fi

echo "setup: installing ${missing[*]}"
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
apt_get() { "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"; }

# LLVM 22 comes with Debian 12's security updates, which an installed system has
# among its sources, and a bare debootstrap has not.
security=/etc/apt/sources.list.d/debian-security.sources
apt_get update
if ! apt-cache show clang-22 >/dev/null 2>&1; then
  . /etc/os-release
  if [ "${ID:-}-${VERSION_CODENAME:-}" != debian-bookworm ]; then
    echo "setup: apt knows no clang-22, and this is ${PRETTY_NAME:-no Debian}: Debian 12 has it" >&2
    exit 1
  fi
  echo "setup: adding Debian's security updates to apt's sources: $security"
  # apt checks signatures, so http as in Debian's own lists will do.
  "${sudo[@]}" tee "$security" >/dev/null <<'SOURCES'
Types: deb
URIs: http://deb.debian.org/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
  apt_get update
fi
apt_get install -y --no-install-recommends "${missing[@]}"
get_libraries
