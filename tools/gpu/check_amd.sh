#!/bin/sh
# Checks and measures a bundle on a machine with an AMD GPU: check_amd.sh BUNDLE OUT [PART...]
#
# BUNDLE is a folder or a .tar.gz of make_bundle.sh for one architecture (gfx942);
# OUT gets result.json and the logs. Needs the kernel's driver, the HIP runtime of
# ROCm 6.0 or newer and python3 (3.7 or newer), no network. At most 9 minutes.
exec "$(dirname "$0")/check_gpu.sh" check_amd.sh hip "$@"
