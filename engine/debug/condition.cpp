// SPDX-License-Identifier: Apache-2.0
//
// One rule for each quantity. A rule reads no more than it needs to say no, for that is what it says nearly
// always; what only the sentence wants is counted after the answer is known to be yes.
#include "engine/debug/condition.h"

#include "engine/base/text.h"
#include "engine/debug/element_blocks.h"
#include "engine/debug/tensor_difference.h"
#include "engine/debug/tensor_statistics.h"

#include <fmt/format.h>

namespace orrery::debug {
namespace {

using graph::Tensor;

bool holds(double value, Comparison comparison, double threshold)
{
    switch (comparison) {
    case Comparison::Less:
        return value < threshold;
    case Comparison::LessOrEqual:
        return value <= threshold;
    case Comparison::Greater:
        return value > threshold;
    case Comparison::GreaterOrEqual:
        return value >= threshold;
    case Comparison::Equal:
        return value == threshold;
    }
    return false;
}

std::string_view signOf(Comparison comparison)
{
    constexpr std::string_view texts[] = {"<", "≤", ">", "≥", "="};
    return texts[static_cast<std::size_t>(comparison)];
}

std::string place(const Tensor& tensor, std::int64_t flat)
{
    return fmt::format("[{}]", fmt::join(indexOf(tensor.dims(), flat), ", "));
}

// "3 of 150528 elements are"
std::string counted(std::int64_t count, const Tensor& tensor)
{
    return fmt::format("{} of {} elements {}", count, tensor.elementCount(), count == 1 ? "is" : "are");
}

// Elements for which wanted(x) holds; blocks for which mayHold(values, n) does not are passed over.
struct Found {
    std::int64_t count = 0;
    std::int64_t first = -1;
};
template<class MayHold, class Wanted>
Found search(const Tensor& tensor, MayHold&& mayHold, Wanted&& wanted)
{
    Found found;
    forEachBlock(tensor, [&](const auto* values, std::int64_t at, std::int64_t n) {
        if (!mayHold(values, n))
            return;
        for (std::int64_t i = 0; i < n; ++i)
            if (wanted(values[i])) {
                found.first = found.first < 0 ? at + i : found.first;
                ++found.count;
            }
    });
    return found;
}

constexpr auto hasNonFinite = [](const auto* values, std::int64_t n) { return !allFinite(values, n); };

std::optional<Finding> nan(const Tensor& tensor)
{
    Found found = search(tensor, hasNonFinite, [](auto x) { return std::isnan(x); });
    if (found.count == 0)
        return std::nullopt;
    return Finding{
        0, found.first,
        fmt::format("{} NaN, the first at {}", counted(found.count, tensor), place(tensor, found.first))};
}

std::optional<Finding> infinite(const Tensor& tensor)
{
    Found found = search(tensor, hasNonFinite, [](auto x) { return std::isinf(x); });
    if (found.count == 0)
        return std::nullopt;
    return Finding{0, found.first,
                   fmt::format("{} infinite, the first at {}: {}", counted(found.count, tensor),
                               place(tensor, found.first), element(tensor, found.first))};
}

std::optional<Finding> absolute(const Tensor& tensor, Comparison comparison, double threshold)
{
    bool above = comparison == Comparison::Greater || comparison == Comparison::GreaterOrEqual;
    auto mayHold = [&](const auto* values, std::int64_t n) {
        if (!above || !allFinite(values, n))
            return true;
        auto range = rangeOf(values, n);
        return holds(std::max(-static_cast<double>(range.min), static_cast<double>(range.max)), comparison,
                     threshold);
    };
    Found found = search(tensor, mayHold, [&](auto x) {
        return holds(std::abs(static_cast<double>(x)), comparison, threshold);
    });
    if (found.count == 0)
        return std::nullopt;
    return Finding{0, found.first,
                   fmt::format("{} {} {} by magnitude, the first at {}: {}", counted(found.count, tensor),
                               signOf(comparison), threshold, place(tensor, found.first),
                               element(tensor, found.first))};
}

struct Extremes {
    double min = 0, max = 0;
    bool any = false;
};
Extremes extremesOf(const Tensor& tensor)
{
    Extremes all;
    forEachFiniteBlock(tensor, [&](const auto* values, std::int64_t n) {
        auto range = rangeOf(values, n);
        all.min = all.any ? std::min<double>(all.min, range.min) : range.min;
        all.max = all.any ? std::max<double>(all.max, range.max) : range.max;
        all.any = true;
    });
    return all;
}

std::optional<Finding> extreme(const Tensor& tensor, const Condition& condition)
{
    Extremes all = extremesOf(tensor);
    bool min = condition.quantity == Quantity::Min;
    double value = min ? all.min : all.max;
    if (!all.any || !holds(value, condition.comparison, condition.threshold))
        return std::nullopt;
    TensorStatistics figures = statistics(tensor);
    std::int64_t at = min ? figures.minAt : figures.maxAt;
    return Finding{0, at,
                   fmt::format("{} is {} {} {}, at {}", min ? "min" : "max", value,
                               signOf(condition.comparison), condition.threshold, place(tensor, at))};
}

std::optional<double> meanOf(const Tensor& tensor)
{
    long double sum = 0;
    std::int64_t count = 0;
    forEachFiniteBlock(tensor, [&](const auto* values, std::int64_t n) {
        sum += sumOf(values, n);
        count += n;
    });
    if (count == 0)
        return std::nullopt;
    if (!std::isfinite(sum)) // of the largest doubles
        return statistics(tensor).mean;
    return static_cast<double>(sum / static_cast<long double>(count));
}

std::optional<double> shareOfZeros(const Tensor& tensor)
{
    if (!isReadable(tensor) || tensor.elementCount() == 0)
        return std::nullopt;
    std::int64_t zeros = 0;
    forEachBlock(tensor,
                 [&](const auto* values, std::int64_t, std::int64_t n) { zeros += countZeros(values, n); });
    return static_cast<double>(zeros) / static_cast<double>(tensor.elementCount());
}

std::optional<Finding> figure(const Tensor& tensor, const Condition& condition)
{
    std::optional<double> value;
    std::string_view word = "mean";
    if (condition.quantity == Quantity::Mean)
        value = meanOf(tensor);
    else if (condition.quantity == Quantity::Zeros) {
        value = shareOfZeros(tensor);
        word = "the share of zeros";
    } else {
        TensorStatistics figures = statistics(tensor);
        word = "std";
        if (figures.finite > 0)
            value = figures.std;
    }
    if (!value || !holds(*value, condition.comparison, condition.threshold))
        return std::nullopt;
    return Finding{0, -1,
                   fmt::format("{} of {} elements is {} {} {}", word, tensor.elementCount(), *value,
                               signOf(condition.comparison), condition.threshold)};
}

std::optional<Finding> emptyDim(const Tensor& tensor)
{
    for (std::size_t i = 0; i < tensor.rank(); ++i)
        if (tensor.dims()[i] == 0)
            return Finding{0, -1, fmt::format("dim {} of {} is 0", i, graph::dimsText(tensor.dims()))};
    return std::nullopt;
}

std::optional<Finding> bytes(const Tensor& tensor, const Condition& condition)
{
    auto size = static_cast<double>(tensor.byteSize());
    if (!holds(size, condition.comparison, condition.threshold))
        return std::nullopt;
    return Finding{0, -1,
                   fmt::format("{} ({} bytes) is {} {} bytes",
                               formatBytes(static_cast<std::int64_t>(tensor.byteSize())), tensor.byteSize(),
                               signOf(condition.comparison), condition.threshold)};
}

// A shape, or a NaN where the reference has a number, is farther away than any tolerance.
std::optional<Finding> apart(const Tensor& tensor, const Tensor& reference, const Condition& condition)
{
    bool above =
        condition.comparison == Comparison::Greater || condition.comparison == Comparison::GreaterOrEqual;
    auto found = difference(tensor, reference);
    if (!found.ok())
        return above ? std::optional(Finding{0, -1, found.error().message + " in the reference"})
                     : std::nullopt;
    auto values = [&] {
        return fmt::format("at {}: {} against {}", place(tensor, found->worst), element(tensor, found->worst),
                           element(reference, found->worst));
    };
    if (found->mismatches > 0)
        return above ? std::optional(Finding{0, found->worst,
                                             fmt::format("{} not finite on one side only, the first {}",
                                                         counted(found->mismatches, tensor), values())})
                     : std::nullopt;
    if (!holds(found->maxAbsolute, condition.comparison, condition.threshold))
        return std::nullopt;
    return Finding{0, found->worst,
                   fmt::format("the largest difference {} is {} {}{}", found->maxAbsolute,
                               signOf(condition.comparison), condition.threshold,
                               found->worst < 0 ? "" : ", " + values())};
}

// A threshold may be longer than what integers hold.
std::string durationText(double ns)
{
    return std::abs(ns) < 1e18 ? formatDurationNs(static_cast<std::int64_t>(ns))
                               : fmt::format("{} s", ns / 1e9);
}

std::optional<Finding> ofTime(const Condition& condition, const Evidence& evidence)
{
    if (evidence.durationNs < 0)
        return std::nullopt;
    auto duration = static_cast<double>(evidence.durationNs);
    bool relative = condition.quantity == Quantity::TimeAboveP95;
    if (relative && evidence.p95Ns < 0)
        return std::nullopt;
    double threshold = relative ? static_cast<double>(evidence.p95Ns) : condition.threshold;
    Comparison comparison = relative ? Comparison::Greater : condition.comparison;
    if (!holds(duration, comparison, threshold))
        return std::nullopt;
    return Finding{0, -1,
                   fmt::format("took {} {} {}{}", formatDurationNs(evidence.durationNs), signOf(comparison),
                               durationText(threshold),
                               relative ? ", the 95th percentile of earlier runs" : "")};
}

std::optional<Finding> ofOutput(const Condition& condition, const Evidence& evidence, std::size_t output)
{
    const Tensor& tensor = *evidence.outputs[output];
    switch (condition.quantity) {
    case Quantity::Nan:
        return nan(tensor);
    case Quantity::Inf:
        return infinite(tensor);
    case Quantity::Abs:
        return absolute(tensor, condition.comparison, condition.threshold);
    case Quantity::Min:
    case Quantity::Max:
        return extreme(tensor, condition);
    case Quantity::Mean:
    case Quantity::Std:
    case Quantity::Zeros:
        return figure(tensor, condition);
    case Quantity::EmptyDim:
        return emptyDim(tensor);
    case Quantity::Bytes:
        return bytes(tensor, condition);
    case Quantity::ShapeChange:
        if (output < evidence.earlierDims.size() && evidence.earlierDims[output] != tensor.dims())
            return Finding{0, -1,
                           fmt::format("the shape was {}, it is {}",
                                       graph::dimsText(evidence.earlierDims[output]),
                                       graph::dimsText(tensor.dims()))};
        return std::nullopt;
    case Quantity::Difference:
        if (output < evidence.references.size() && evidence.references[output] != nullptr)
            return apart(tensor, *evidence.references[output], condition);
        return std::nullopt;
    case Quantity::Time:
    case Quantity::TimeAboveP95:
        break; // of the node, not of an output
    }
    return std::nullopt;
}

} // namespace

std::optional<Finding> evaluate(const Condition& condition, const Evidence& evidence)
{
    if (condition.quantity == Quantity::Time || condition.quantity == Quantity::TimeAboveP95)
        return ofTime(condition, evidence);
    for (std::size_t i = 0; i < evidence.outputs.size(); ++i) {
        if (evidence.outputs[i] == nullptr || evidence.outputs[i]->type() == graph::DataType::String)
            continue;
        if (auto finding = ofOutput(condition, evidence, i)) {
            finding->output = i;
            return finding;
        }
    }
    return std::nullopt;
}

} // namespace orrery::debug
