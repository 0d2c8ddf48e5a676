# SPDX-License-Identifier: Apache-2.0
# An operator is found by typing, inserted behind a node that was found by name, undone, inserted again, saved.
. "$(dirname "$0")/walk.sh"

cp "$SAMPLE_GRAPHS"/cifar10_cnn.onnxtxt* "$walk_dir"
open "$walk_dir/cifar10_cnn.onnxtxt"
key ctrl+f
text relu1
key Return Escape
key ctrl+i
text LeakyRelu
key Return
shot inserted
key ctrl+z
key ctrl+shift+z
key ctrl+s
expect grep -q "LeakyRelu (relu1_out)" "$walk_dir/cifar10_cnn.onnxtxt"
expect "$ORRERY" check "$walk_dir/cifar10_cnn.onnxtxt"
