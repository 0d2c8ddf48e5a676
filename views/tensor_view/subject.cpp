// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/subject.h"

#include "engine/debug/element_blocks.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace orrery::tensor_view {
namespace {

std::int64_t firstBad(const graph::Tensor& tensor, BadKind kind, std::int64_t from, std::int64_t to,
                      std::stop_token stop)
{
    std::array<double, 1024> values;
    for (std::int64_t at = from; at < to && !stop.stop_requested();) {
        const std::int64_t n = std::min(std::int64_t(values.size()), to - at);
        debug::decode(tensor, at, n, values.data());
        for (std::int64_t i = 0; i < n; ++i)
            if (kind == BadKind::Nan ? std::isnan(values[std::size_t(i)])
                                     : std::isinf(values[std::size_t(i)]))
                return at + i;
        at += n;
    }
    return -1;
}

} // namespace

SubjectPointer analysed(std::string name, graph::Tensor tensor)
{
    auto subject = std::make_shared<Subject>();
    subject->name = std::move(name);
    subject->elements.tensor = std::move(tensor);
    if (subject->elements.readable()) {
        subject->statistics = debug::statistics(subject->tensor());
        subject->histogram = debug::histogram(subject->tensor(), histogramBins);
    }
    return subject;
}

std::int64_t nextBad(const graph::Tensor& tensor, BadKind kind, std::int64_t from, std::stop_token stop)
{
    if (!debug::isReadable(tensor))
        return -1;
    const std::int64_t start = std::clamp<std::int64_t>(from + 1, 0, tensor.elementCount());
    const std::int64_t behind = firstBad(tensor, kind, start, tensor.elementCount(), stop);
    return behind >= 0 ? behind : firstBad(tensor, kind, 0, start, stop);
}

} // namespace orrery::tensor_view
