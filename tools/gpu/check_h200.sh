#!/bin/sh
# Checks and measures a bundle on a machine with an NVIDIA GPU: check_h200.sh BUNDLE OUT [PART...]
#
# BUNDLE is a folder or a .tar.gz of make_bundle.sh; OUT gets result.json and the
# logs. Needs the GPU's driver and python3 (3.7 or newer), no network. At most 9
# minutes.
exec "$(dirname "$0")/check_gpu.sh" check_h200.sh cuda "$@"
