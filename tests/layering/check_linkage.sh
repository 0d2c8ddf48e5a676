#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The runner runs other people's models: it links neither Qt nor SQLite nor Graphviz.
# usage: check_linkage.sh RUNNER
set -euo pipefail
libraries=$(ldd "$1")
if grep -E 'libQt|libsqlite3|libgvc|libcgraph' <<<"$libraries"; then
    echo "layering: $1 links what the runner must not know"
    exit 1
fi
grep -q liborrery_ops <<<"$libraries" || { echo "layering: $1 does not link the kernels"; exit 1; }
