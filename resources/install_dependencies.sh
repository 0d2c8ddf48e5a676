#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what building and running Orrery needs on Debian 12, by package name, and only what is missing.
# usage: install_dependencies.sh [test]     with `test`, what the test suite needs as well
set -euo pipefail

packages=(
    g++ cmake ninja-build pkg-config
    qt6-base-dev qt6-svg-dev libqt6svg6 libgl-dev
    libgraphviz-dev libeigen3-dev libsqlite3-dev libonnx-dev libprotobuf-dev protobuf-compiler libzip-dev zlib1g-dev libdw-dev
    libfmt-dev nlohmann-json3-dev libedit-dev fonts-dejavu-core
)
if [ "${1:-}" = test ]; then
    packages+=(libonnx-testdata sqlite3 xvfb xauth xdotool valgrind heaptrack)
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "Installing: ${missing[*]}"
if [ "$(id -u)" -eq 0 ]; then
    as_root=()
elif command -v sudo >/dev/null; then
    as_root=(sudo)
else
    echo "install_dependencies.sh: these packages are missing and there is neither root nor sudo: ${missing[*]}" >&2
    exit 1
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
