// SPDX-License-Identifier: Apache-2.0
//
// Models as text or ONNX go through every static check, as `orrery check` and the window make them: types,
// schemas, what the standard's own inference functions say, calls. None of them may trust the file.
#include "engine/formats/format.h"
#include "engine/formats/schema_check.h"
#include "engine/graph/verify.h"
#include "engine/passes/call_check.h"
#include "engine/passes/infer.h"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace orrery;
    static const std::vector<formats::FormatSpec> specs = formats::formats();
    formats::ReadLimits limits;
    limits.nodes = 1'000;
    limits.messages = 10'000;
    for (const formats::FormatSpec& spec : specs) {
        const auto model = spec.read({"", std::string(reinterpret_cast<const char*>(data), size), limits});
        if (!model.ok())
            continue;
        graph::verify(*model);
        const auto& ops = ops::OpRegistry::builtin();
        const passes::Inference inference = passes::inferTypes(*model, ops);
        formats::checkSchemas(*model, inference.types, inference.problems);
        passes::checkCalls(*model, ops, formats::checkSchemas);
    }
    return 0;
}
