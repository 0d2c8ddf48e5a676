# SPDX-License-Identifier: Apache-2.0
#
# What a walk is made of: the real window on a display of its own, used by mouse and keyboard alone. A walk is
# a script that sources this file with the program's path in ORRERY; it ends with status 0 when every `expect`
# held, 77 when the display's tools are missing. Pictures go to $WALK_PICTURES when that is set (as XWD; PNG
# where ImageMagick is there). The window is 1600×1000 at 0,0 with fresh settings, so places are the same in
# every walk.
set -euo pipefail

for tool in Xvfb xdotool; do
    command -v "$tool" >/dev/null || { echo "SKIP: $tool is not there"; exit 77; }
done
: "${ORRERY:?the path of the program}"

walk_dir=$(mktemp -d)
walk_pids=()
walk_end() {
    local status=$?
    [ $status -eq 0 ] || [ $status -eq 77 ] || shot failed || true
    kill "${walk_pids[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$walk_dir"
    exit $status
}
trap walk_end EXIT

exec 7<>"$walk_dir/display_number"
Xvfb -displayfd 7 -screen 0 1600x1000x24 -fbdir "$walk_dir" -nolisten tcp >/dev/null 2>&1 &
walk_pids+=($!)
for _ in $(seq 100); do [ -s "$walk_dir/display_number" ] && break; sleep 0.1; done
export DISPLAY=:$(head -1 "$walk_dir/display_number")
export HOME=$walk_dir/home XDG_CONFIG_HOME=$walk_dir/home/config XDG_DATA_HOME=$walk_dir/home/data XDG_CACHE_HOME=$walk_dir/home/cache
mkdir -p "$HOME"
unset QT_QPA_PLATFORM WAYLAND_DISPLAY

fail() { echo "FAIL: $*" >&2; exit 1; }

# Waits until the picture has not changed for a while (longer than a step of work, shorter than a cursor blinks),
# or, on a busy machine that samples more slowly than that, until it only goes to and fro between two pictures.
settle() {
    local before now still=0 recent=()
    before=$(md5sum <"$walk_dir/Xvfb_screen0")
    for _ in $(seq "${1:-300}"); do
        sleep 0.1
        now=$(md5sum <"$walk_dir/Xvfb_screen0")
        if [ "$now" = "$before" ]; then still=$((still + 1)); else still=0; fi
        [ $still -ge 4 ] && return 0
        before=$now
        recent+=("$now")
        [ ${#recent[@]} -le 10 ] || recent=("${recent[@]:1}")
        [ ${#recent[@]} -lt 10 ] || [ "$(printf '%s\n' "${recent[@]}" | sort -u | wc -l)" -gt 2 ] || return 0
    done
    fail "the window does not come to rest"
}

# open ARGUMENTS…: starts the program with them and waits until it shows its window.
open() {
    "$ORRERY" --size 1600x1000 "$@" >"$walk_dir/log" 2>&1 &
    orrery_pid=$!
    walk_pids+=($orrery_pid)
    window=$(timeout 60 xdotool search --sync --onlyvisible --pid $orrery_pid | tail -1) || fail "no window: $(cat "$walk_dir/log")"
    xdotool windowmove "$window" 0 0 windowsize "$window" 1600 1000 windowfocus "$window"
    settle
}

alive() { kill -0 "$orrery_pid" 2>/dev/null || fail "the program ended: $(tail -5 "$walk_dir/log")"; }
key() { xdotool key --clearmodifiers --delay 30 "$@"; settle; alive; }     # key ctrl+s Return …
text() { xdotool type --clearmodifiers --delay 8 -- "$1"; settle; alive; } # into what has the focus
click() { xdotool mousemove "$1" "$2" click "${3:-1}"; settle; alive; }    # click X Y [BUTTON]
drag() { # drag X1 Y1 X2 Y2: with the left button, in small steps
    xdotool mousemove "$1" "$2" mousedown 1
    for step in $(seq 1 10); do
        xdotool mousemove $(($1 + ($3 - $1) * step / 10)) $(($2 + ($4 - $2) * step / 10))
        sleep 0.03
    done
    settle
    xdotool mouseup 1
    settle
    alive
}
back() { xdotool windowfocus "$window"; settle; } # after a dialog: there is no window manager to do it
title() { xdotool getwindowname "$window"; }
expect() { "$@" || fail "does not hold: $*"; } # expect COMMAND…

# shot NAME: what the display shows now.
shot() {
    [ -n "${WALK_PICTURES:-}" ] || return 0
    mkdir -p "$WALK_PICTURES"
    cp "$walk_dir/Xvfb_screen0" "$WALK_PICTURES/$1.xwd"
    if command -v convert >/dev/null && convert "xwd:$WALK_PICTURES/$1.xwd" "$WALK_PICTURES/$1.png" 2>/dev/null; then
        rm "$WALK_PICTURES/$1.xwd"
    fi
}
