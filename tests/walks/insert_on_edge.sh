# SPDX-License-Identifier: Apache-2.0
# By mouse: an edge is clicked, its menu opened, an operator typed that goes onto it; saved.
. "$(dirname "$0")/walk.sh"

cp "$SAMPLE_GRAPHS"/cifar10_cnn.onnxtxt* "$walk_dir"
open "$walk_dir/cifar10_cnn.onnxtxt"
edge=(580 378) # from relu1 to pool1, below its label
click "${edge[@]}"
shot edge_selected
click "${edge[@]}" 3
key Down Return
text LeakyRelu
shot edge_insert
key Return
shot edge_inserted
key ctrl+s
expect grep -q "LeakyRelu (relu1_out)" "$walk_dir/cifar10_cnn.onnxtxt"
expect grep -q "MaxPool.*(leakyrelu_out)" "$walk_dir/cifar10_cnn.onnxtxt"
expect "$ORRERY" check "$walk_dir/cifar10_cnn.onnxtxt"
