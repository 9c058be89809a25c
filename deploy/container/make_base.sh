#!/bin/bash
# A bare Debian 12 as a tar file, for machines that reach Debian's mirrors but no registry of images:
# deploy/container/make_base.sh base.tar [PACKAGE...]
#
# Holds Debian's essential packages and libstdc++, as docker.io/library/debian:bookworm-slim
# does, without apt, documentation and translations, and the packages that are named. Needs
# mmdebstrap; takes minutes.
set -euo pipefail
tar=$1
shift
packages=(libstdc++6 ca-certificates "$@")
exec mmdebstrap --quiet --variant=essential --include="${packages[*]}" \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
  bookworm "$tar"
