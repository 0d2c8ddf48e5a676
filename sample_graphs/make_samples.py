#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the sample graphs: ONNX text, with larger weights in a .bin file of the same name.

Weights are Glorot-uniform from a fixed seed, biases zero, so every run writes the same bytes.
Usage: make_samples.py [FOLDER]
"""
import math
import pathlib
import random
import struct
import sys


class Sample:
    """One graph: text, and the weights that it refers to."""

    def __init__(self, name, seed=20):
        self.name = name
        self.random = random.Random(seed)
        self.data = b""

    def reference(self, values, name, dims, element="float"):
        """A line that declares a tensor whose elements are in the .bin file."""
        self.data += b"\0" * (-len(self.data) % 64)
        content = struct.pack("<%d%s" % (len(values), {"float": "f", "int64": "q"}[element]), *values)
        line = '%s[%s] %s = ["location" : "%s.onnxtxt.bin", "offset" : "%d", "length" : "%d"]' % (
            element, ",".join(map(str, dims)), name, self.name, len(self.data), len(content))
        self.data += content
        return line

    def glorot(self, name, dims, fan_in, fan_out):
        limit = math.sqrt(6.0 / (fan_in + fan_out))
        return self.reference([self.random.uniform(-limit, limit) for _ in range(math.prod(dims))], name, dims)

    def constant(self, name, dims, value):
        return self.reference([value] * math.prod(dims), name, dims)

    def save(self, folder, comment, body, opset=13, imports=""):
        text = "# %s\n<ir_version: 8, opset_import: [\"\" : %d%s], producer_name: \"orrery samples\">\n%s" % (
            comment, opset, imports and ", " + imports, body)
        (folder / (self.name + ".onnxtxt")).write_text(text, encoding="utf-8")
        if self.data:
            (folder / (self.name + ".onnxtxt.bin")).write_bytes(self.data)


def lines(*items):
    return ",\n   ".join(items)


def cifar10_cnn(folder):
    s = Sample("cifar10_cnn")
    weights = lines(
        s.glorot("conv1_w", [32, 3, 3, 3], 27, 288), s.constant("conv1_b", [32], 0.0),
        s.glorot("conv2_w", [64, 32, 3, 3], 288, 576), s.constant("conv2_b", [64], 0.0),
        s.glorot("dense1_w", [64, 2304], 2304, 64), s.constant("dense1_b", [64], 0.0),
        s.glorot("dense2_w", [10, 64], 64, 10), s.constant("dense2_b", [10], 0.0))
    s.save(folder, "The small convolutional network of the CIFAR-10 tutorials, channels first, untrained.", f"""\
cifar10_cnn (float[N,3,32,32] x) => (float[N,10] probabilities)
<
   {weights}
>
{{
   [conv1] conv1_out = Conv <kernel_shape = [3, 3]> (x, conv1_w, conv1_b)
   [relu1] relu1_out = Relu (conv1_out)
   [pool1] pool1_out = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (relu1_out)
   [conv2] conv2_out = Conv <kernel_shape = [3, 3]> (pool1_out, conv2_w, conv2_b)
   [relu2] relu2_out = Relu (conv2_out)
   [pool2] pool2_out = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (relu2_out)
   [flatten] flat = Flatten <axis = 1> (pool2_out)
   [dense1] dense1_out = Gemm <transB = 1> (flat, dense1_w, dense1_b)
   [relu3] relu3_out = Relu (dense1_out)
   [dense2] logits = Gemm <transB = 1> (relu3_out, dense2_w, dense2_b)
   [softmax] probabilities = Softmax <axis = -1> (logits)
}}
""")


def mlp(folder):
    s = Sample("mlp")
    weights = lines(s.glorot("w1", [16, 32], 16, 32), s.constant("b1", [32], 0.0),
                    s.glorot("w2", [32, 4], 32, 4), s.constant("b2", [4], 0.0))
    s.save(folder, "A perceptron with one hidden layer.", f"""\
mlp (float[N,16] x) => (float[N,4] y)
<
   {weights}
>
{{
   [hidden] h = Gemm (x, w1, b1)
   [relu] r = Relu (h)
   [output] logits = Gemm (r, w2, b2)
   [softmax] y = Softmax <axis = -1> (logits)
}}
""")


def transformer_block(folder):
    s = Sample("transformer_block")
    d, hidden = 32, 128
    weights = lines(
        *[s.glorot("w" + n, [d, d], d, d) for n in "qkvo"],
        s.glorot("w_up", [d, hidden], d, hidden), s.glorot("w_down", [hidden, d], hidden, d),
        s.constant("gain1", [d], 1.0), s.constant("bias1", [d], 0.0),
        s.constant("gain2", [d], 1.0), s.constant("bias2", [d], 0.0),
        "int64[4] split = {0, 0, 4, 8}", "int64[3] join = {0, 0, 32}",
        "float scale = {0.35355338}", "float root2 = {1.4142135}", "float one = {1.0}", "float half = {0.5}")
    s.save(folder, "One pre-norm transformer block: 4 heads of 8, GELU written out with Erf.", f"""\
transformer_block (float[N,T,32] x) => (float[N,T,32] y)
<
   {weights}
>
{{
   [norm1] n1 = LayerNormalization <axis = -1, epsilon = 1e-05> (x, gain1, bias1)
   [attention_q] q = MatMul (n1, wq)
   [attention_k] k = MatMul (n1, wk)
   [attention_v] v = MatMul (n1, wv)
   [split_q] q4 = Reshape (q, split)
   [split_k] k4 = Reshape (k, split)
   [split_v] v4 = Reshape (v, split)
   [heads_q] qh = Transpose <perm = [0, 2, 1, 3]> (q4)
   [heads_k] kh = Transpose <perm = [0, 2, 3, 1]> (k4)
   [heads_v] vh = Transpose <perm = [0, 2, 1, 3]> (v4)
   [scores] raw = MatMul (qh, kh)
   [scale_scores] scaled = Mul (raw, scale)
   [attention_softmax] weights = Softmax <axis = -1> (scaled)
   [context] context_heads = MatMul (weights, vh)
   [merge_heads] merged = Transpose <perm = [0, 2, 1, 3]> (context_heads)
   [join_heads] joined = Reshape (merged, join)
   [attention_out] projected = MatMul (joined, wo)
   [residual1] r1 = Add (x, projected)
   [norm2] n2 = LayerNormalization <axis = -1, epsilon = 1e-05> (r1, gain2, bias2)
   [up] up_out = MatMul (n2, w_up)
   [gelu_div] g1 = Div (up_out, root2)
   [gelu_erf] g2 = Erf (g1)
   [gelu_add] g3 = Add (g2, one)
   [gelu_mul] g4 = Mul (up_out, g3)
   [gelu_half] g5 = Mul (g4, half)
   [down] down_out = MatMul (g5, w_down)
   [residual2] y = Add (r1, down_out)
}}
""", opset=17)


def lstm(folder):
    s = Sample("lstm")
    weights = lines(s.glorot("w", [1, 32, 4], 4, 32), s.glorot("r", [1, 32, 8], 8, 32),
                    s.constant("b", [1, 64], 0.0))
    s.save(folder, "One LSTM layer over a sequence: 4 features, 8 hidden units.", f"""\
lstm (float[T,N,4] x) => (float[T,1,N,8] y, float[1,N,8] y_h)
<
   {weights}
>
{{
   [lstm] y, y_h = LSTM <hidden_size = 8> (x, w, r, b)
}}
""", opset=14)


def plain(folder, name, comment, body, opset=13, imports=""):
    Sample(name).save(folder, comment, body, opset, imports)


def custom_ops(folder):
    """Models for the libraries of that folder."""
    imports = '"com.example" : 1'
    folder.mkdir(exist_ok=True)
    plain(folder, "clamp_scale", "Two operators of clamp_scale.c; the length of `kept` is known only while running.", """\
clamp_scale (float[N,4] x) => (float[K] y, int64 count)
{
   [before] r = Neg (x)
   [clamp] c = com.example.ClampScale <low = -0.5, high = 0.25, scale = 2.0> (r)
   [keep] kept, count = com.example.KeepPositive (c)
   [after] y = Sqrt (kept)
}
""", imports=imports)
    for name, op, what in (
            ("crash", "Crash", "an operator that calls abort()"),
            ("fails", "Fails", "an operator that reports an error"),
            ("hang", "Hang", "an operator that never comes back"),
            ("hungry", "Hungry", "an operator that takes all the memory that it can get"),
            ("out_of_bounds", "OutOfBounds <past = 4>", "an operator that writes four bytes past the end of its output"),
            ("wild_write", "OutOfBounds <past = 8192>", "an operator that writes two pages past the end of its output")):
        plain(folder, name, "Faulty: %s." % what, """\
%s (float[N,4] x) => (float[N,4] y)
{
   [before] r = Relu (x)
   [faulty] f = com.example.%s (r)
   [after] y = Neg (f)
}
""" % (name, op), imports=imports)
    plain(folder, "network", "Faulty: an operator that tries to reach out of the runner; y holds the error numbers.", """\
network (float[N,4] x) => (int32[10] y)
{
   [reach_out] y = com.example.Network (x)
}
""", imports=imports)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    cifar10_cnn(folder)
    mlp(folder)
    transformer_block(folder)
    lstm(folder)
    plain(folder, "if_branch", "A condition chooses between two subgraphs, which both read x of the graph around them.", """\
if_branch (bool condition, float[N,4] x) => (float[N,4] y)
<
   float two = {2.0}
>
{
   [choose] chosen = If <
      then_branch = doubled () => (float[N,4] then_out) { [double] then_out = Mul (x, two) },
      else_branch = negated () => (float[N,4] else_out) { [negate] else_out = Neg (x) }
   > (condition)
   [relu] y = Relu (chosen)
}
""")
    plain(folder, "symbolic_reshape", "A shape that is computed while running: flattens all but the batch.", """\
symbolic_reshape (float[batch,channels,height,width] x) => (float[batch,flat] y)
<
   int64 first = {0},
   int64[1] axes = {0},
   int64[1] rest = {-1}
>
{
   [shape] dims = Shape (x)
   [pick] n = Gather <axis = 0> (dims, first)
   [unsqueeze] n1 = Unsqueeze (n, axes)
   [target] target = Concat <axis = 0> (n1, rest)
   [reshape] y = Reshape (x, target)
}
""")
    plain(folder, "cycle", "Faulty: two nodes that wait for each other.", """\
cycle (float[N,4] x) => (float[N,4] y)
{
   [add] a = Add (x, b)
   [relu] b = Relu (a)
   [output] y = Identity (b)
}
""")
    plain(folder, "shape_clash", "Faulty: the inner dims of a matrix product differ (3 and 4).", """\
shape_clash (float[2,3] x, float[4,5] w) => (float[2,5] y)
{
   [project] y = MatMul (x, w)
}
""")
    plain(folder, "missing_input", "Faulty: a node reads a value that nothing gives.", """\
missing_input (float[N,4] x) => (float[N,4] y)
{
   [relu] r = Relu (x)
   [add] y = Add (r, bias)
}
""")
    plain(folder, "nan", "Faulty: a normalization divides zero by zero, so everything after it is NaN.", """\
nan (float[N,4] x) => (float[N,4] y)
{
   [centre] d = Sub (x, x)
   [square] s = Mul (d, d)
   [spread] v = Sqrt (s)
   [normalise] q = Div (d, v)
   [output] y = Tanh (q)
}
""")
    plain(folder, "overflow_fp16", "Faulty in half precision: energies near 90,000 fit float, but not float16 (65,504).", """\
overflow_fp16 (float[N,4] x) => (float[N,4] y)
<
   float offset = {300.0},
   float scale = {0.001}
>
{
   [bound] b = Tanh (x)
   [shift] s = Add (b, offset)
   [energy] e = Mul (s, s)
   [amplitude] a = Sqrt (e)
   [output] y = Mul (a, scale)
}
""")
    plain(folder, "hang", "Faulty: a loop of 2^63 - 1 rounds, whose condition always holds.", """\
hang (float[N,4] x) => (float[N,4] y)
<
   int64 rounds = {9223372036854775807},
   bool on = {1}
>
{
   [before] start = Relu (x)
   [spin] turned = Loop <
      body = again (int64 i, bool c, float[N,4] a) => (bool c_out, float[N,4] a_out) {
         [keep] c_out = Identity (c)
         [turn] a_out = Neg (a)
      }
   > (rounds, on, start)
   [after] y = Tanh (turned)
}
""")
    plain(folder, "loop", "A loop of five rounds: a sum that is carried on, and every partial sum as a scan output.", """\
loop (float[4] x) => (float[4] total, float[5,4] partial)
<
   int64 rounds = {5},
   bool on = {1},
   float[4] zero = {0, 0, 0, 0}
>
{
   [square] squared = Mul (x, x)
   [sum] total, partial = Loop <
      body = add_up (int64 i, bool c, float[4] carried) => (bool c_out, float[4] carried_out, float[4] seen) {
         [go_on] c_out = Identity (c)
         [weight] w = Cast <to = 1> (i)
         [weighted] term = Mul (squared, w)
         [accumulate] carried_out = Add (carried, term)
         [look] seen = Identity (carried_out)
      }
   > (rounds, on, zero)
}
""")
    plain(folder, "scan", "Scan over a sequence: an exponential moving average, one step of the sequence a round.", """\
scan (float[T,4] x) => (float[4] last, float[T,4] averages)
<
   float[4] zero = {0, 0, 0, 0},
   float keep = {0.9},
   float take = {0.1}
>
{
   [average] last, averages = Scan <
      num_scan_inputs = 1,
      body = step (float[4] state, float[4] now) => (float[4] state_out, float[4] out) {
         [old] o = Mul (state, keep)
         [new] n = Mul (now, take)
         [mix] state_out = Add (o, n)
         [emit] out = Identity (state_out)
      }
   > (zero, x)
}
""")
    plain(folder, "function_call", "Two functions of the model: `gate` is called twice and calls `squash`.", """\
function_call (float[N,4] x) => (float[N,4] y)
{
   [first] a = local.gate (x)
   [between] b = Neg (a)
   [second] y = local.gate (b)
}
<domain: "local", opset_import: ["" : 13, "local" : 1]>
gate (v) => (gated)
{
   [open] s = local.squash (v)
   [let_through] gated = Mul (v, s)
}
<domain: "local", opset_import: ["" : 13]>
squash (u) => (squashed)
{
   [double] d = Add (u, u)
   [sigmoid] squashed = Sigmoid (d)
}
""", imports='"local" : 1')
    plain(folder, "random", "Noise and a random mask: going back and forth shows the same numbers again.", """\
random (float[N,8] x) => (float[N,8] y)
<
   float half = {0.5}
>
{
   [noise] n = RandomNormalLike <scale = 0.1> (x)
   [add_noise] noisy = Add (x, n)
   [draw] u = RandomUniformLike (x)
   [mask] kept = Less (u, half)
   [as_number] m = Cast <to = 1> (kept)
   [drop] y = Mul (noisy, m)
}
""")
    plain(folder, "unknown_op", "Faulty: an operator of a domain that this program does not know.", """\
unknown_op (float[N,4] x) => (float[N,4] y)
{
   [before] r = Relu (x)
   [fancy] f = com.example.Fancy <strength = 3> (r)
   [after] y = Neg (f)
}
""", imports='"com.example" : 1')
    custom_ops(folder / "custom_ops")


main()
