#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Strong integer ids from one template. An id is a small value that names an entry of one kind; ids of
// different kinds do not mix. A default-constructed id is invalid and names nothing. Ids stay the same for
// the life of what they name.

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>

namespace orrery {

template<class Tag>
struct Id {
    static constexpr std::uint32_t invalidValue = std::numeric_limits<std::uint32_t>::max();

    std::uint32_t value = invalidValue;

    constexpr Id() = default;
    constexpr explicit Id(std::size_t v)
        : value(static_cast<std::uint32_t>(v))
    {}

    constexpr bool valid() const { return value != invalidValue; }
    constexpr explicit operator bool() const { return valid(); }
    constexpr std::size_t index() const { return value; }

    friend constexpr auto operator<=>(Id, Id) = default;
};

using NodeId = Id<struct NodeTag>;
using ValueId = Id<struct ValueTag>;
using RegionId = Id<struct RegionTag>;
using BufferId = Id<struct BufferTag>;
using BranchId = Id<struct BranchTag>;         // of a debugging session: one course of events
using BreakpointId = Id<struct BreakpointTag>; // of a debugging session

} // namespace orrery

template<class Tag>
struct std::hash<orrery::Id<Tag>> {
    std::size_t operator()(orrery::Id<Tag> id) const noexcept { return std::hash<std::uint32_t>{}(id.value); }
};
