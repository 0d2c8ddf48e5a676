#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Subject: what every view of a tensor gets: its elements (or those of a difference) and what is known of
// them as a whole. Immutable, shared; made off the GUI thread, because it reads every element.

#include "views/tensor_view/reduce.h"
#include "views/tensor_view/value_range.h"

#include <memory>
#include <string>

namespace orrery::tensor_view {

struct Subject {
    std::string name; // as in the file
    Elements elements;
    debug::TensorStatistics statistics;
    debug::Histogram histogram;

    const graph::Tensor& tensor() const { return elements.tensor; }
    const graph::Dims& dims() const { return elements.tensor.dims(); }
};
using SubjectPointer = std::shared_ptr<const Subject>;

inline constexpr int histogramBins = 1024;

// Reads the tensor twice.
SubjectPointer analysed(std::string name, graph::Tensor tensor);

// The next NaN or infinity after `from` in flat order, from the start again behind the last; -1: there is
// none.
enum class BadKind : std::uint8_t { Nan, Infinity };
std::int64_t nextBad(const graph::Tensor& tensor, BadKind kind, std::int64_t from, std::stop_token stop = {});

} // namespace orrery::tensor_view
