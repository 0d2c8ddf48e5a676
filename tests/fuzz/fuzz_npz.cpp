// SPDX-License-Identifier: Apache-2.0
//
// Bytes as a NumPy archive, within limits that let many runs a second.
#include "engine/formats/npz.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace orrery;
    formats::NpzLimits limits;
    limits.entries = 100;
    limits.freeBytes = 1 << 20;
    std::int64_t total = 0;
    if (auto tensors = formats::tensorsFromNpz({reinterpret_cast<const char*>(data), size}, limits);
        tensors.ok())
        for (const auto& [name, tensor] : *tensors)
            total += static_cast<std::int64_t>(tensor.byteSize());
    CHECK(total <= limits.freeBytes + limits.ratio * static_cast<std::int64_t>(size));
    return 0;
}
