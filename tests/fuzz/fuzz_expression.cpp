// SPDX-License-Identifier: Apache-2.0
//
// Bytes as an expression and as a slice: parsed always, computed where the numbers in it are small enough for
// many runs a second.
#include "engine/debug/expression.h"
#include "engine/debug/expression_parser.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

bool hasLargeNumbers(std::string_view text)
{
    int digits = 0;
    for (char c : text) {
        digits = c >= '0' && c <= '9' ? digits + 1 : 0;
        if (digits > 2 || c == '^' || c == '*')
            return true;
    }
    return false;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace orrery;
    using graph::Tensor;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    static const Tensor floats = Tensor::of<float>({2, 3}, {1, -2, 3, -4, 5, -6});
    static const Tensor ints = Tensor::of<std::int64_t>({3}, {0, 1, 2});
    static const Tensor words = Tensor::ofStrings({2}, {"a", "b"});
    if (auto part = debug::slice(floats, text); part.ok())
        CHECK(part->elementCount() <= floats.elementCount());
    if (!debug::parseExpression(text).ok() || hasLargeNumbers(text) || size > 1'000)
        return 0;
    auto tensorOf = [](std::string_view name) -> Result<Tensor> {
        if (name == "x")
            return floats;
        if (name == "i")
            return ints;
        if (name == "w")
            return words;
        return Error{ErrorCode::Usage, "no such value", {}};
    };
    auto result = debug::evaluate(text, tensorOf, ops::OpRegistry::builtin());
    if (result.ok())
        CHECK(result->defined());
    return 0;
}
