# SPDX-License-Identifier: Apache-2.0
# A part is chosen by mouse, copied and made a model of its own by keyboard; the model holds, is opened, and
# takes the copied nodes once more.
. "$(dirname "$0")/walk.sh"

cp "$SAMPLE_GRAPHS"/cifar10_cnn.onnxtxt* "$walk_dir"
open "$walk_dir/cifar10_cnn.onnxtxt" --panel text
click 580 203 # conv1
xdotool keydown ctrl
click 580 316 # relu1
click 580 394 # pool1
xdotool keyup ctrl
shot extract_selected
key ctrl+c
key ctrl+shift+e
key ctrl+a
text "$walk_dir/part.onnxtxt"
shot extract_dialog
key Return
expect grep -q "\[pool1\] pool1_out = MaxPool" "$walk_dir/part.onnxtxt"
expect test "$(grep -c "^   \[" "$walk_dir/part.onnxtxt")" = 3
expect "$ORRERY" check "$walk_dir/part.onnxtxt"
expect "$ORRERY" run "$walk_dir/part.onnxtxt" --shape x=1x3x32x32
back
key ctrl+o
text "$walk_dir/part.onnxtxt"
key Return
expect grep -q part.onnxtxt <<<"$(title)"
shot extract_opened
back
key ctrl+v ctrl+s
shot extract_pasted
expect test "$(grep -c "^   \[" "$walk_dir/part.onnxtxt")" = 6
expect "$ORRERY" check "$walk_dir/part.onnxtxt"
