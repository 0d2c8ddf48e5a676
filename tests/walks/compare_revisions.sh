# SPDX-License-Identifier: Apache-2.0
# Two edits are measured as they are made; then the model is compared with what it was, on the graph and in a
# table, by keyboard alone; what the table and the graph say is tested in tests/gui, here it is seen to come.
. "$(dirname "$0")/walk.sh"

seen() { md5sum <"$walk_dir/Xvfb_screen0"; }

cp "$SAMPLE_GRAPHS"/cifar10_cnn.onnxtxt* "$walk_dir"
open "$walk_dir/cifar10_cnn.onnxtxt" --panel history
key ctrl+shift+m # measure on edit: the model as opened first
settle
shot measuring
key ctrl+f
text relu1
key Return Escape
key ctrl+i
text Sigmoid
key Return
settle 600 # while the figures of the rounds come in, the picture changes
key ctrl+i
text Tanh
key Return
settle 600
shot measured
plain=$(seen)
key ctrl+alt+c
shot compared
expect test "$plain" != "$(seen)"
key ctrl+s
expect grep -q "Sigmoid (relu1_out)" "$walk_dir/cifar10_cnn.onnxtxt"
expect "$ORRERY" check "$walk_dir/cifar10_cnn.onnxtxt"
