// SPDX-License-Identifier: Apache-2.0
#include "trace_db/event.h"

#include <array>

namespace orrery::trace_db {

std::string_view name(NativeKind kind) { return kind == NativeKind::Mapping ? "mapping" : "heap"; }

std::string_view name(NativeShare share)
{
    switch (share) {
    case NativeShare::Native:
        return "native";
    case NativeShare::Tensor:
        return "tensor";
    case NativeShare::Other:
        break;
    }
    return "other";
}

std::string_view name(OpKind kind) { return kind == OpKind::Wait ? "wait" : "op"; }

std::string_view name(AllocAction action) { return action == AllocAction::Free ? "free" : "alloc"; }

std::string_view name(AllocKind kind)
{
    static constexpr std::array<std::string_view, allocKindCount> names = {
        "weight", "input", "output", "activation", "workspace", "cache", "packed_weight", "native"};
    auto index = static_cast<std::size_t>(kind);
    return index < names.size() ? names[index] : "unknown";
}

} // namespace orrery::trace_db
