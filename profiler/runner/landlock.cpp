// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/landlock.h"

#include "engine/base/unique_fd.h"

#include <cstdint>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace orrery::runner {

namespace {

// System calls above 424 have the same numbers on every architecture.
constexpr long createRuleset = 444;
constexpr long addRule = 445;
constexpr long restrictSelf = 446;
constexpr unsigned askVersion = 1;
constexpr int pathBeneath = 1;

enum FileRight : std::uint64_t {
    Execute = 1ull << 0,
    WriteFile = 1ull << 1,
    RemoveDir = 1ull << 4,
    RemoveFile = 1ull << 5,
    MakeChar = 1ull << 6,
    MakeDir = 1ull << 7,
    MakeRegular = 1ull << 8,
    MakeSocket = 1ull << 9,
    MakeFifo = 1ull << 10,
    MakeBlock = 1ull << 11,
    MakeSymlink = 1ull << 12,
    Refer = 1ull << 13,       // version 2
    Truncate = 1ull << 14,    // version 3
    DeviceIoctl = 1ull << 15, // version 5
};
constexpr std::uint64_t bindTcp = 1, connectTcp = 2;      // version 4
constexpr std::uint64_t abstractSockets = 1, signals = 2; // version 6

struct RulesetAttributes {
    std::uint64_t files = 0;
    std::uint64_t network = 0;
    std::uint64_t scoped = 0;
};

struct [[gnu::packed]] PathBeneath {
    std::uint64_t allowed = 0;
    std::int32_t folder = -1;
};

} // namespace

int landlockVersion()
{
    long version = syscall(createRuleset, nullptr, 0, askVersion);
    return version > 0 ? static_cast<int>(version) : 0;
}

bool restrictWrites(int version, const std::string& folder)
{
    if (version < 1)
        return false;
    RulesetAttributes attributes;
    std::uint64_t own = WriteFile | RemoveDir | RemoveFile | MakeDir | MakeRegular;
    if (version >= 2)
        own |= Refer;
    if (version >= 3)
        own |= Truncate;
    attributes.files = own | Execute | MakeChar | MakeSocket | MakeFifo | MakeBlock | MakeSymlink |
                       (version >= 5 ? std::uint64_t{DeviceIoctl} : 0);
    std::size_t bytes = sizeof attributes.files;
    if (version >= 4) {
        attributes.network = bindTcp | connectTcp;
        bytes = 2 * sizeof attributes.files;
    }
    if (version >= 6) {
        attributes.scoped = abstractSockets | signals;
        bytes = sizeof attributes;
    }
    UniqueFd ruleset(static_cast<int>(syscall(createRuleset, &attributes, bytes, 0)));
    if (!ruleset.valid())
        return false;
    if (!folder.empty()) {
        UniqueFd opened(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        PathBeneath rule{own, opened.get()};
        if (!opened.valid() || syscall(addRule, ruleset.get(), pathBeneath, &rule, 0) != 0)
            return false;
    }
    return syscall(restrictSelf, ruleset.get(), 0) == 0;
}

} // namespace orrery::runner
