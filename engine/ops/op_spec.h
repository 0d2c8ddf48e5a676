#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// OpSpec: everything that Orrery knows of one operator, as a passive record of functions; the registry of
// them is generated from this folder's CMakeLists.txt. Each <family>/<op>.cpp defines `OpList <op>()` with
// one OpSpec, or with several where an elementwise family shares one loop.

#include "engine/ops/infer_context.h"
#include "engine/ops/kernel.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::ops {

struct Cost {
    double flops = 0; // multiply and add count as one each
    double bytes = 0; // read and written, each tensor once
};

enum class OpCategory {
    Convolution,
    Pooling,
    Normalization,
    Activation,
    MatrixMath,
    Elementwise,
    Logic,
    Reduction,
    Tensor,
    Data,
    Control,
    Recurrent,
    Other
};
std::string_view name(OpCategory category);

// Which nodes the executor itself carries out by entering a body.
enum class Control { None, If, Loop, Scan, Call };
// Pure ops on constants are folded. Foreign: code out of a user's library, of which nothing is known; it
// computes only where the model runs, and into guarded memory.
enum class Purity { Pure, Random, Foreign };

// Output `output` may be written over input `input` when nobody else reads that input later and the byte
// sizes are equal: the kernel reads each element before it writes the same place (or, for a view such as
// Reshape, copies nothing at all).
struct InPlace {
    std::size_t input = 0;
    std::size_t output = 0;
};

using InferFunction = std::function<Result<void>(InferContext&)>;
using KernelFactory = std::function<Result<KernelPtr>(const KernelInfo&)>;
using CostFunction = std::function<Cost(const graph::Node&, std::span<const TensorSize> inputs,
                                        std::span<const TensorSize> outputs)>;

// Every input read once, every output written once; one operation for each output element.
Cost elementwiseCost(const graph::Node&, std::span<const TensorSize> inputs,
                     std::span<const TensorSize> outputs);
// The same bytes, no arithmetic.
Cost copyCost(const graph::Node&, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs);

struct OpSpec {
    std::string_view domain = {}; // "" for ai.onnx
    std::string_view name = {};
    int firstVersion = 1;      // oldest opset version of the operator that this implements …
    int lastVersion = 1;       // … and the newest opset whose meaning of it is covered
    std::string_view doc = {}; // one sentence, and the ONNX versions: "Conv-1, Conv-11, Conv-22"
    OpCategory category = OpCategory::Other;
    std::size_t minInputs = 0;
    std::size_t maxInputs = 0; // npos: any number
    std::size_t minOutputs = 1;
    std::size_t maxOutputs = 1;
    InferFunction infer = nullptr;
    KernelFactory kernel = nullptr; // null for control flow
    CostFunction cost = elementwiseCost;
    std::vector<InPlace> inPlace = {};
    Control control = Control::None;
    Purity purity = Purity::Pure;

    static constexpr std::size_t any = static_cast<std::size_t>(-1);
};

using OpList = std::vector<OpSpec>;

// Generated: the list of every op file, in the order of CMakeLists.txt.
std::vector<OpList> opLists();

// Finds specs by domain and name; a value that the caller makes once and hands around.
class OpRegistry {
public:
    // All built-in operators.
    static const OpRegistry& builtin();
    explicit OpRegistry(std::vector<OpList> lists);

    const OpSpec* find(std::string_view domain, std::string_view opName) const; // "ai.onnx" is ""
    const std::vector<OpSpec>& all() const { return m_specs; }                  // sorted by domain and name

private:
    std::vector<OpSpec> m_specs;
};

// Unsupported, naming op and version, when the operator is missing or the opset version is outside of the
// spec's range.
Result<const OpSpec*> findOp(const OpRegistry& registry, const graph::Node& node, std::int64_t opsetVersion);

// "x86-64-v3": the instruction-set level that this kernel library was built for.
std::string_view kernelLevel();

} // namespace orrery::ops
