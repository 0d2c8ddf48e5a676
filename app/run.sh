#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds Orrery, profiles a model and opens the window on the result. Without a display it prints
# the hotspots and writes the picture to orrery.png.
# usage: bash app/run.sh [MODEL [options of `orrery profile`]]
set -euo pipefail
here=$(pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
model=${1:-$root/sample_graphs/cifar10_cnn.onnxtxt}
[ $# -gt 0 ] && shift

bash "$root/resources/install_dependencies.sh"
cd "$root"
[ -f build/release/build.ninja ] || cmake --preset release
cmake --build --preset release --target orrery_program
cd "$here"

orrery=$root/build/release/bin/orrery
trace=$(mktemp -d)/$(basename "${model%.*}").orrery
"$orrery" profile "$model" --trace "$trace" "$@"
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec "$orrery" "$trace"
fi
"$orrery" "$trace" --screenshot orrery.png --view runtime
echo "picture: $here/orrery.png"
