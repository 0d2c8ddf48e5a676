// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a command and as a reply: refused, or decoded into a message that encodes and decodes again.
#include "profiler/protocol/codec.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace orrery::protocol;
    auto bytes = std::as_bytes(std::span(data, size));
    if (auto command = decodeCommand(bytes); command.ok())
        if (!decodeCommand(encode(*command)).ok())
            std::abort();
    if (auto reply = decodeReply(bytes); reply.ok())
        if (!decodeReply(encode(*reply)).ok())
            std::abort();
    return 0;
}
