# SPDX-License-Identifier: Apache-2.0
# A model whose shapes clash: one click on the fix beside the problem mends it, one key takes that back.
. "$(dirname "$0")/walk.sh"

cat >"$walk_dir/clash.onnxtxt" <<'MODEL'
<ir_version: 8, opset_import: ["": 13]>
clash (float[N,8,4,4] x) => (float[N,8,4,4] y)
<float[8] bias = {1, 2, 3, 4, 5, 6, 7, 8}> {
   [spread] h = Add (x, bias)
   [last] y = Relu (h)
}
MODEL
"$ORRERY" check "$walk_dir/clash.onnxtxt" && fail "the model should not hold"
open "$walk_dir/clash.onnxtxt" --panel problems
shot clash
click 760 789 # the first problem's fix
shot fixed
key ctrl+s
expect grep -q "Unsqueeze (bias" "$walk_dir/clash.onnxtxt"
expect "$ORRERY" check "$walk_dir/clash.onnxtxt"
expect "$ORRERY" run "$walk_dir/clash.onnxtxt" --shape x=2x8x4x4
key ctrl+z ctrl+s
expect grep -q "h = Add (x, bias)" "$walk_dir/clash.onnxtxt"
