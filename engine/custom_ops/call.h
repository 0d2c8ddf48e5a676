#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What a library's OrreryContext is: one call of its infer() or compute() for one node. Lives on the stack of
// that call. Everything that the library hands over is checked here, and the first failure is kept.

#include "engine/custom_ops/orrery_custom_op.h"
#include "engine/ops/op_spec.h"

#include <deque>
#include <optional>
#include <string>

struct OrreryContext {
    OrreryContext(const orrery::graph::Node& calledNode, std::int64_t version)
        : node(calledNode)
        , opsetVersion(version)
        , outputs(calledNode.outputs.size())
    {}

    const orrery::graph::Node& node;
    const std::int64_t opsetVersion;
    orrery::ops::InferContext* inferring = nullptr; // one of these two is set
    orrery::ops::KernelContext* computing = nullptr;
    std::span<const orrery::graph::ValueType> promised; // while computing: what inference said of the outputs

    // By index: in infer(), whether its type was set; in compute(), the place that was handed out.
    struct Output {
        bool done = false;
        orrery::graph::DataType type = orrery::graph::DataType::Undefined;
        orrery::graph::Dims dims;
        void* place = nullptr;
    };
    std::vector<Output> outputs;
    mutable std::deque<std::vector<std::int64_t>> dims; // that the library was shown
    std::optional<orrery::Error> failure;

    int fail(orrery::Error error)
    {
        if (!failure)
            failure = std::move(error);
        return ORRERY_FAILED;
    }
};

namespace orrery::custom_ops {

// The functions that libraries are handed.
const OrreryApi& api();
int addOp(OrreryRegistry* registry, const OrreryOp* op); // one of them; in library.cpp

// The tensor as a library sees it; false for what is not handed out (strings).
bool show(const OrreryContext& context, const graph::Tensor& tensor, OrreryTensor& out);

} // namespace orrery::custom_ops
