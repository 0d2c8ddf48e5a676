// SPDX-License-Identifier: Apache-2.0
//
// Bytes as the file beside a model: what is read is written so that it reads the same.
#include "engine/base/check.h"
#include "profiler/session/toml.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace orrery::session;
    const auto tree = parseToml({reinterpret_cast<const char*>(data), size});
    if (!tree.ok())
        return 0;
    const auto again = parseToml(tomlText(*tree));
    CHECK(again.ok() && *again == *tree);
    return 0;
}
