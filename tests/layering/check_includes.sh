#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who may include whom: greps every include of the tree against the table below and fails on the first kind of breach.
# usage: check_includes.sh SOURCE_ROOT
set -euo pipefail
cd "$1"
bad=0

# allow FOLDER: what its files may include of ours, as an extended regex over the path after the quote.
allow() {
    local folder=$1 pattern=$2 found
    [ -d "$folder" ] || { echo "layering: folder $folder of the table is gone"; bad=1; return; }
    found=$(grep -rnE --include='*.h' --include='*.cpp' '^#include "(app|engine|views|profiler|trace_db|tests)/' "$folder" | grep -vE "#include \"($pattern)" || true)
    if [ -n "$found" ]; then
        echo "layering: $folder may include only $pattern"
        echo "$found"
        bad=1
    fi
}

# only HEADER FOLDERS: a foreign header that only these folders (extended regex) may include.
only() {
    local header=$1 folders=$2 found
    found=$(grep -rnE --include='*.h' --include='*.cpp' "^#include [<\"]($header)" app engine views profiler trace_db | grep -vE "^($folders)" || true)
    if [ -n "$found" ]; then
        echo "layering: $header belongs to $folders alone"
        echo "$found"
        bad=1
    fi
}

allow engine/base    'engine/base/'
allow engine/graph   'engine/(base|graph)/'
allow engine/formats 'engine/(base|graph|formats)/'
allow engine/ops     'engine/(base|graph|ops)/'
allow engine/custom_ops 'engine/(base|graph|ops|custom_ops)/'
allow engine/passes  'engine/(base|graph|ops|passes)/'
allow engine/edit    'engine/(base|graph|ops|passes|edit)/'
allow engine/plan    'engine/(base|graph|ops|passes|plan)/'
allow engine/exec    'engine/(base|graph|ops|plan|exec)/'
allow engine/debug   'engine/(base|graph|ops|passes|plan|exec|debug)/'
allow trace_db       '(engine/base|trace_db)/'
allow profiler/record   '(engine|profiler/record)/'
allow profiler/protocol '(engine|profiler/protocol)/'
allow profiler/runner   '(engine|profiler/(record|protocol|runner))/'
allow profiler/session  '(engine|trace_db|profiler/(record|protocol|runner|session|findings))/'
allow profiler/findings '(engine/base|trace_db|profiler/findings)/'
allow views/async    '(engine/|profiler/(session|protocol|findings)/|trace_db/|views/async/)'
allow views/theme    '(engine/base|views/theme)/'
allow views/layout   '(engine/base|views/(canvas/display_graph|canvas/groups|layout))'
allow views/canvas   '(engine/base|views/(canvas|layout|theme|async))/'
allow views          '(engine|profiler|trace_db|views)/'
allow app            '(app|engine|profiler|trace_db|views)/'

only 'engine/custom_ops/'  'engine/custom_ops/|profiler/runner/'
only 'Q[A-Za-z]+'          'views/|app/|profiler/session/'
only 'QWidget|QMainWindow|QApplication|QtWidgets' 'views/|app/'
only 'sqlite3'             'trace_db/.*\.cpp:'
only 'graphviz/|gvc.h|cgraph.h' 'views/layout/helper/'
only 'dnnl'                'engine/backends/onednn/'
only 'google/protobuf|onnx/|onnx_pb' 'engine/formats/'
only 'Eigen/|unsupported/Eigen' 'engine/ops/'

exit $bad
