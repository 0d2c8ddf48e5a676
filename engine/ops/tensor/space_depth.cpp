// SPDX-License-Identifier: Apache-2.0
#include "engine/base/checked_math.h"
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Dims;

Result<std::int64_t> blockSize(const graph::Node& node)
{
    std::int64_t size = node.intAttribute("blocksize", 0);
    if (size < 1 || size > (1 << 20))
        return badInput(fmt::format("blocksize is {}, expected a positive number", size));
    return size;
}

Result<void> requireImage(std::size_t rank)
{
    if (rank != 4)
        return badInput(fmt::format("the input has rank {}, expected 4: N×C×H×W", rank));
    return {};
}

Result<void> inferSpaceToDepth(InferContext& context)
{
    std::int64_t b = TRY(blockSize(context.node()));
    graph::Shape output(std::vector<Dim>(4));
    if (const graph::Shape* input = context.inputShape(0)) {
        TRY(requireImage(input->rank()));
        const auto& d = input->dims;
        output.dims = {d[0], d[1] * Dim(b * b), floorDiv(d[2], b), floorDiv(d[3], b)};
    }
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

Result<void> inferDepthToSpace(InferContext& context)
{
    std::int64_t b = TRY(blockSize(context.node()));
    graph::Shape output(std::vector<Dim>(4));
    if (const graph::Shape* input = context.inputShape(0)) {
        TRY(requireImage(input->rank()));
        const auto& d = input->dims;
        output.dims = {d[0], floorDiv(d[1], b * b), d[2] * Dim(b), d[3] * Dim(b)};
    }
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

Result<KernelPtr> spaceToDepthKernel(const KernelInfo& info)
{
    return makeKernel([b = TRY(blockSize(info.node))](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        TRY(requireImage(input->rank()));
        TRY(slotBytes(input->type()));
        const Dims& d = input->dims();
        auto depth = checkedMul(d[1], b * b);
        if (d[2] % b != 0 || d[3] % b != 0 || !depth)
            return runError(fmt::format("{} cannot be cut into blocks of {}", graph::dimsText(d), b));
        Dims dims = {d[0], *depth, d[2] / b, d[3] / b};
        graph::Tensor* output = TRY(context.output(0, input->type(), dims));
        if (output->elementCount() == 0)
            return {};
        Dims from = rowMajorStrides(d);
        Dims to = rowMajorStrides(dims);
        // output channel = (block row, block column, input channel)
        copyStrided(context, input->type(), slots(*input), slots(*output),
                    {{d[0], from[0], to[0]},
                     {b, from[2], to[1] * b * d[1]},
                     {b, from[3], to[1] * d[1]},
                     {d[1], from[1], to[1]},
                     {dims[2], from[2] * b, to[2]},
                     {dims[3], from[3] * b, to[3]}});
        return {};
    });
}

Result<KernelPtr> depthToSpaceKernel(const KernelInfo& info)
{
    bool columnRowDepth = info.node.stringAttribute("mode", "DCR") == "CRD";
    return makeKernel(
        [b = TRY(blockSize(info.node)), columnRowDepth](KernelContext& context) -> Result<void> {
            const graph::Tensor* input = TRY(requiredInput(context, 0));
            TRY(requireImage(input->rank()));
            TRY(slotBytes(input->type()));
            const Dims& d = input->dims();
            auto height = checkedMul(d[2], b);
            auto width = checkedMul(d[3], b);
            if (d[1] % (b * b) != 0 || !height || !width)
                return runError(fmt::format("{} has no channels for blocks of {}", graph::dimsText(d), b));
            std::int64_t depth = d[1] / (b * b);
            Dims dims = {d[0], depth, *height, *width};
            graph::Tensor* output = TRY(context.output(0, input->type(), dims));
            if (output->elementCount() == 0)
                return {};
            Dims from = rowMajorStrides(d);
            Dims to = rowMajorStrides(dims);
            // input channel = (block row, block column, channel), or (channel, block row, block column)
            std::int64_t row = columnRowDepth ? b : b * depth;
            std::int64_t column = columnRowDepth ? 1 : depth;
            std::int64_t channel = columnRowDepth ? b * b : 1;
            copyStrided(context, input->type(), slots(*input), slots(*output),
                        {{d[0], from[0], to[0]},
                         {depth, from[1] * channel, to[1]},
                         {d[2], from[2], to[2] * b},
                         {b, from[1] * row, to[2]},
                         {d[3], from[3], b},
                         {b, from[1] * column, 1}});
            return {};
        });
}

OpSpec spec(std::string_view name, std::string_view doc, InferFunction infer, KernelFactory kernel)
{
    return {.name = name,
            .firstVersion = 1,
            .lastVersion = newestOpset,
            .doc = doc,
            .category = OpCategory::Tensor,
            .minInputs = 1,
            .maxInputs = 1,
            .infer = infer,
            .kernel = kernel,
            .cost = movedCost};
}

} // namespace

OpList space_depth()
{
    return {spec("SpaceToDepth", "Moves square blocks of an image into its channels (SpaceToDepth-1, -13).",
                 inferSpaceToDepth, spaceToDepthKernel),
            spec("DepthToSpace", "Moves channels of an image into square blocks (DepthToSpace-1, -11, -13).",
                 inferDepthToSpace, depthToSpaceKernel)};
}

} // namespace orrery::ops
