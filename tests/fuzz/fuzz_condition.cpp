// SPDX-License-Identifier: Apache-2.0
//
// Bytes as a condition: what is read is written so that it reads the same, and answers without a crash.
#include "engine/debug/condition.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace orrery;
    using graph::Tensor;
    auto condition = debug::parseCondition({reinterpret_cast<const char*>(data), size});
    if (!condition.ok())
        return 0;
    auto again = debug::parseCondition(debug::text(*condition));
    CHECK(again.ok() && *again == *condition);
    static const Tensor floats =
        Tensor::of<float>({2, 2}, {0, -2, std::numeric_limits<float>::infinity(), -0.5f});
    static const Tensor empty = Tensor::of<float>({0, 3}, std::vector<float>());
    static const Tensor words = Tensor::ofStrings({2}, {"a", "b"});
    const Tensor* outputs[] = {&words, nullptr, &empty, &floats};
    const Tensor* references[] = {&words, &floats, &floats, &floats};
    const graph::Dims before[] = {{2}, {}, {0, 3}, {2, 3}};
    debug::Evidence evidence{outputs, 2'000'000, 1'000'000, before, references};
    if (auto finding = debug::evaluate(*condition, evidence))
        CHECK(!finding->sentence.empty());
    return 0;
}
