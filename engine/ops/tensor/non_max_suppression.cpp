// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Tensor;

struct Box {
    float top = 0;
    float left = 0;
    float bottom = 0;
    float right = 0;

    float area() const { return (bottom - top) * (right - left); }
};

// Two opposite corners y1, x1, y2, x2 in any order, or the centre x, y and the width and height.
Box boxOf(const float* values, bool centred)
{
    if (centred) {
        float halfWidth = values[2] / 2;
        float halfHeight = values[3] / 2;
        return {values[1] - halfHeight, values[0] - halfWidth, values[1] + halfHeight, values[0] + halfWidth};
    }
    return {std::min(values[0], values[2]), std::min(values[1], values[3]), std::max(values[0], values[2]),
            std::max(values[1], values[3])};
}

bool overlaps(const Box& a, const Box& b, float threshold)
{
    float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
    float width = std::min(a.right, b.right) - std::max(a.left, b.left);
    if (height <= 0 || width <= 0)
        return false;
    float shared = height * width;
    float together = a.area() + b.area() - shared;
    return together > 0 && shared / together > threshold;
}

Result<float> scalarInput(KernelContext& context, std::size_t i, float fallback)
{
    const Tensor* tensor = i < context.inputCount() ? context.input(i) : nullptr;
    if (tensor == nullptr)
        return fallback;
    auto values = TRY(tensor->toDoubles());
    if (values.size() != 1)
        return runError(fmt::format("input {} has {} elements, expected one", i, values.size()));
    return static_cast<float>(values[0]);
}

Result<void> infer(InferContext& context)
{
    context.setTensor(0, DataType::Int64, graph::Shape({graph::Dim::unknown(), 3}));
    return {};
}

struct Limits {
    std::int64_t boxes = 0; // kept for each class
    float overlap = 0;
    std::optional<float> score;
};

// The kept boxes of one class, best first; equal scores in the order of the boxes.
std::vector<std::int64_t> kept(std::span<const Box> boxes, std::span<const float> scores,
                               const Limits& limits)
{
    std::vector<std::int64_t> order;
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (scores[i] == scores[i] && (!limits.score || scores[i] > *limits.score))
            order.push_back(static_cast<std::int64_t>(i));
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)];
    });
    std::vector<std::int64_t> result;
    for (std::int64_t candidate : order) {
        if (static_cast<std::int64_t>(result.size()) >= limits.boxes)
            break;
        const Box& box = boxes[static_cast<std::size_t>(candidate)];
        bool suppressed = std::any_of(result.begin(), result.end(), [&](std::int64_t other) {
            return overlaps(box, boxes[static_cast<std::size_t>(other)], limits.overlap);
        });
        if (!suppressed)
            result.push_back(candidate);
    }
    return result;
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    bool centred = info.node.intAttribute("center_point_box", 0) != 0;
    bool scoreGiven = info.hasInput(4);
    return makeKernel([centred, scoreGiven](KernelContext& context) -> Result<void> {
        const Tensor* boxTensor = TRY(requiredInput(context, 0));
        const Tensor* scoreTensor = TRY(requiredInput(context, 1));
        const graph::Dims& b = boxTensor->dims();
        const graph::Dims& s = scoreTensor->dims();
        bool fits = b.size() == 3 && s.size() == 3 && b[2] == 4 && b[0] == s[0] && b[1] == s[2] &&
                    boxTensor->type() == DataType::Float32 && scoreTensor->type() == DataType::Float32;
        if (!fits)
            return runError(fmt::format("boxes are {} {}, scores {} {}; expected float N×B×4 and N×C×B",
                                        graph::name(boxTensor->type()), graph::dimsText(b),
                                        graph::name(scoreTensor->type()), graph::dimsText(s)));
        Limits limits;
        bool countGiven = context.inputCount() > 2 && context.input(2) != nullptr;
        limits.boxes = countGiven ? TRY(inputInt(context, 2)) : 0;
        limits.overlap = TRY(scalarInput(context, 3, 0));
        if (scoreGiven)
            limits.score = TRY(scalarInput(context, 4, 0));
        auto count = static_cast<std::size_t>(b[1]);
        std::vector<std::int64_t> selected;
        for (std::int64_t batch = 0; batch < b[0]; ++batch) {
            std::vector<Box> boxes;
            for (std::int64_t i = 0; i < b[1]; ++i)
                boxes.push_back(boxOf(boxTensor->data<float>() + (batch * b[1] + i) * 4, centred));
            for (std::int64_t c = 0; c < s[1] && !context.stopRequested(); ++c) {
                std::span<const float> scores(scoreTensor->data<float>() + (batch * s[1] + c) * b[1], count);
                for (std::int64_t box : kept(boxes, scores, limits))
                    selected.insert(selected.end(), {batch, c, box});
            }
        }
        std::int64_t dims[] = {static_cast<std::int64_t>(selected.size()) / 3, 3};
        Tensor* output = TRY(context.output(0, DataType::Int64, dims));
        std::copy(selected.begin(), selected.end(), output->mutableData<std::int64_t>());
        return {};
    });
}

} // namespace

OpList non_max_suppression()
{
    return {{.name = "NonMaxSuppression",
             .firstVersion = 10,
             .lastVersion = newestOpset,
             .doc =
                 "Keeps the best boxes of each class that do not overlap a better one (NonMaxSuppression-10, "
                 "-11).",
             .category = OpCategory::Tensor,
             .minInputs = 2,
             .maxInputs = 5,
             .infer = infer,
             .kernel = kernel}};
}

} // namespace orrery::ops
