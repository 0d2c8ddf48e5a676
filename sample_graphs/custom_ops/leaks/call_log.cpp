// SPDX-License-Identifier: Apache-2.0
//
// com.example.leaks.CallLog remembers every call in a std::map that nothing ever shortens, or, with `keep`
// above 0, only the last `keep` calls.

#include "pass_through.h"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>

namespace {

struct Entry {
    std::int64_t elements;
    std::array<char, 1000> note;
};

std::mutex mutex;
std::map<std::int64_t, Entry> calls;
std::int64_t called = 0;

int compute(const OrreryApi *api, OrreryContext *context, void *)
{
    OrreryTensor x;
    if (pass_through(api, context, &x) != ORRERY_OK)
        return ORRERY_FAILED;
    std::int64_t keep = int_attribute(api, context, "keep", 0);
    std::lock_guard lock(mutex);
    calls[called++] = Entry{x.count, {}};
    while (keep > 0 && static_cast<std::int64_t>(calls.size()) > keep)
        calls.erase(calls.begin());
    return ORRERY_OK;
}

} // namespace

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    return register_pass_through(api, registry, "CallLog", "Remembers its calls.", compute);
}
