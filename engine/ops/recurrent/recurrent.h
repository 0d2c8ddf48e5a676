#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What RNN, GRU and LSTM share: their attributes, the checks of their inputs, activations, and the loop over
// directions and steps. All steps' products with W are one matrix product before the loop; each step adds the
// product of the last state with R, then the operator's cell turns the gates into the next state.

#include "engine/ops/checks.h"
#include "engine/ops/op_spec.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace orrery::ops {

struct CellActivation {
    enum class Kind {
        Relu,
        Tanh,
        Sigmoid,
        Affine,
        LeakyRelu,
        ThresholdedRelu,
        ScaledTanh,
        HardSigmoid,
        Elu,
        Softsign,
        Softplus
    };
    Kind kind = Kind::Tanh;
    float alpha = 0;
    float beta = 0;
};

void apply(const CellActivation& activation, float* data, std::int64_t n);
void apply(const CellActivation& activation, double* data, std::int64_t n);

enum class RecurrentLayout { SequenceFirst, BatchFirst };
enum class Way { Forward, Backward };

struct RecurrentAttributes {
    std::int64_t gates = 1; // rows of W per hidden unit: 1, 3, 4
    std::vector<Way> ways;  // one or two
    RecurrentLayout layout = RecurrentLayout::SequenceFirst;
    float clip = 0;                          // 0: none
    std::vector<CellActivation> activations; // for each way, the cell's activations in their order
    bool linearBeforeReset = false;          // GRU
    bool inputForget = false;                // LSTM

    std::int64_t directions() const { return static_cast<std::int64_t>(ways.size()); }
};

// defaults: the names of the cell's activations for one way.
Result<RecurrentAttributes> parseRecurrent(const graph::Node& node, std::int64_t gates,
                                           const std::vector<std::string>& defaults);

// Y, Y_h and, when there are three outputs, Y_c.
Result<void> inferRecurrent(InferContext& context);

// The tensors of one run, checked against each other. Null where absent.
struct RecurrentSizes {
    std::int64_t steps = 0;
    std::int64_t batch = 0;
    std::int64_t input = 0;
    std::int64_t hidden = 0;
};
RecurrentSizes recurrentSizes(const RecurrentAttributes& attributes, const graph::Dims& x,
                              const graph::Dims& r);
Result<RecurrentSizes> recurrentSizes(const KernelContext& context, const RecurrentAttributes& attributes);

// The batch entries' lengths; all steps when the input is absent. BadModel outside of [0, steps].
Result<std::vector<std::int64_t>> sequenceLengths(const graph::Tensor* lengths, const RecurrentSizes& sizes);

// Elements of the loop's work space: gates of all steps, gates of one step twice, four states. LimitReached
// when they do not fit into memory.
Result<std::int64_t> workElements(const RecurrentSizes& sizes, std::int64_t gateRows);
// The same in bytes, for sizes that nobody has checked; 0 when there is no work.
std::int64_t workBytes(const RecurrentAttributes& attributes, const RunSizes& sizes,
                       std::size_t elementBytes);

// dims of an output or state: [directions, batch, hidden], or batch first.
graph::Dims stateDims(const RecurrentAttributes& attributes, const RecurrentSizes& sizes);
graph::Dims sequenceDims(const RecurrentAttributes& attributes, const RecurrentSizes& sizes);

// Where the state of a direction and batch entry lies in a tensor of stateDims().
std::int64_t stateOffset(const RecurrentAttributes& attributes, const RecurrentSizes& sizes,
                         std::int64_t direction, std::int64_t entry);
std::int64_t sequenceOffset(const RecurrentAttributes& attributes, const RecurrentSizes& sizes,
                            std::int64_t step, std::int64_t direction, std::int64_t entry);

// Two operations for each weight, step and batch entry; the gates' arithmetic on top.
Cost recurrentCost(const graph::Node& node, std::span<const TensorSize> inputs,
                   std::span<const TensorSize> outputs);

} // namespace orrery::ops
