// SPDX-License-Identifier: Apache-2.0
//
// com.example.leaks.ShapeCache prepares 256 KiB for every input shape that it has not seen, and keeps them by
// shape. With `entries` above 0 it keeps that many shapes and lets go of the one used longest ago.

#include "pass_through.h"

#include <algorithm>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t preparedBytes = 256 * 1024;

struct Prepared {
    std::vector<std::int64_t> dims;
    std::unique_ptr<char[]> bytes;
};

std::mutex mutex;
std::list<Prepared> cache; // the one used last is at the front

int compute(const OrreryApi *api, OrreryContext *context, void *)
{
    OrreryTensor x;
    if (pass_through(api, context, &x) != ORRERY_OK)
        return ORRERY_FAILED;
    auto entries = static_cast<std::size_t>(int_attribute(api, context, "entries", 0));
    std::vector<std::int64_t> dims(x.dims, x.dims + x.rank);
    std::lock_guard lock(mutex);
    auto known = std::find_if(cache.begin(), cache.end(), [&](const Prepared &p) { return p.dims == dims; });
    if (known != cache.end()) {
        cache.splice(cache.begin(), cache, known);
        return ORRERY_OK;
    }
    cache.push_front({std::move(dims), std::make_unique<char[]>(preparedBytes)});
    if (entries > 0 && cache.size() > entries)
        cache.pop_back();
    return ORRERY_OK;
}

} // namespace

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    return register_pass_through(api, registry, "ShapeCache", "Prepares something for each input shape.",
                                 compute);
}
