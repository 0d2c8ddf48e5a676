// SPDX-License-Identifier: Apache-2.0
//
// Bytes as ONNX text: read, verified and shown without a crash.
#include "engine/formats/format.h"
#include "engine/graph/text.h"
#include "engine/graph/verify.h"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace orrery;
    static const std::vector<formats::FormatSpec> specs = formats::formats();
    formats::ReadLimits limits;
    limits.nodes = 10'000;
    limits.messages = 100'000;
    for (const formats::FormatSpec& spec : specs) {
        if (spec.name != "onnx_text")
            continue;
        auto model = spec.read({"", std::string(reinterpret_cast<const char*>(data), size), limits});
        if (!model.ok())
            continue;
        graph::verify(*model);
        graph::toText(*model);
    }
    return 0;
}
