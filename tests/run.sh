#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds everything in one preset (default: ci) and runs all tests.
# usage: bash tests/run.sh [PRESET [ctest arguments]]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
preset=${1:-ci}
[ $# -gt 0 ] && shift

bash "$root/resources/install_dependencies.sh" test
cd "$root"
cmake --preset "$preset"
cmake --build --preset "$preset"
ctest --preset "$preset" -j "$(nproc)" "$@"
