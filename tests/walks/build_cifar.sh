# SPDX-License-Identifier: Apache-2.0
# From an empty canvas, with the keyboard alone: the network of the CIFAR sample, node by node, weights from
# files; run, saved, and the same as the sample up to names.
. "$(dirname "$0")/walk.sh"

tests=$(dirname "$ORRERY")/tests
mkdir "$walk_dir/weights"
expect "$tests/same_up_to_names" --extract "$SAMPLE_GRAPHS/cifar10_cnn.onnxtxt" "$walk_dir/weights"

# Without a window manager nobody gives the focus back when a dialog is gone.
back() { xdotool windowfocus "$window"; settle; }
tabs() { for _ in $(seq "$1"); do xdotool key Tab; done; }
insert() { # insert OPERATOR: behind what is selected
    xdotool key ctrl+i
    xdotool type --delay 8 "$1"
    key Return
}
constant() { # constant FILE: for the first input that is open
    key ctrl+shift+k
    xdotool key shift+Tab Down Tab
    xdotool type --delay 8 "$walk_dir/weights/$1.npy"
    key Return
    back
}
# set_attribute TABS VALUE: as many fields behind the name
set_attribute() {
    key F4
    tabs "$1"
    xdotool key ctrl+a
    xdotool type --delay 8 -- "$2"
    key Return
}

open
key ctrl+n
key alt+o ctrl+a
text 13
key Return
back
shot empty
key ctrl+shift+g
tabs 2
text N,3,32,32
key Return
back
for n in 1 2; do
    insert Conv
    constant conv${n}_w
    constant conv${n}_b
    set_attribute 4 "3, 3" # kernel_shape behind auto_pad, dilations and group
    insert Relu
    insert MaxPool
    set_attribute 1 "2, 2" # kernel_shape, which it needs, comes first
    tabs 7                 # over the button behind it to strides
    text "2, 2"
    key Return
done
insert Flatten
set_attribute 1 1
for n in 1 2; do
    insert Gemm
    constant dense${n}_w
    constant dense${n}_b
    key F4
    tabs 4 # transB behind alpha, beta and transA
    key space
    [ $n = 2 ] || insert Relu
done
insert Softmax
set_attribute 1 -1
key ctrl+shift+o
shot built
key alt+F5
key Return # the numbers for N that the dialog proposes
back
settle
shot run
key ctrl+s
key ctrl+a
text "$walk_dir/built.onnx"
key Return
back
shot saved
expect "$ORRERY" check "$walk_dir/built.onnx"
expect "$ORRERY" run "$walk_dir/built.onnx" --shape x=1x3x32x32
expect "$tests/same_up_to_names" "$walk_dir/built.onnx" "$SAMPLE_GRAPHS/cifar10_cnn.onnxtxt"
