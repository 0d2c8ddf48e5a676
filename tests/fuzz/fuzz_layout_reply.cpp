// SPDX-License-Identifier: Apache-2.0
//
// Both directions of the layout helper's wire format. The first byte chooses; a reply is decoded against a
// small fixed level, and what is accepted must be finite and of the right counts.
#include "engine/base/check.h"
#include "views/layout/layout_protocol.h"

#include <cmath>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace orrery::layout;
    if (size == 0)
        return 0;
    const std::span<const std::byte> payload(reinterpret_cast<const std::byte*>(data + 1), size - 1);
    if (data[0] & 1) {
        auto request = decodeRequest(payload);
        if (request.ok())
            for (const auto& edge : request->edges)
                CHECK(edge.from < request->boxes.size() && edge.to < request->boxes.size());
        return 0;
    }
    Level level;
    level.boxes.assign(3, {40, 20});
    level.kinds.assign(3, Level::Box::Node);
    level.edges.push_back({});
    level.edges.back().to = 1;
    level.edges.push_back({});
    level.edges.back().from = 1;
    level.edges.back().to = 2;
    auto reply = decodeReply(payload, level);
    if (!reply.ok())
        return 0;
    CHECK(reply->centers.size() == 3 && reply->edgeStart.size() == 3);
    for (const auto& point : reply->points)
        CHECK(std::isfinite(point.x) && std::isfinite(point.y));
    return 0;
}
