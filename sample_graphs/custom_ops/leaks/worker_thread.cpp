// SPDX-License-Identifier: Apache-2.0
//
// com.example.leaks.WorkerThread starts a thread for every call, whose thread-local buffer of 16 KiB is behind a
// plain pointer: the thread ends, the buffer stays. With `release` 1 the thread frees it before it ends.

#include "pass_through.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <thread>

namespace {

constexpr std::size_t bufferBytes = 16 * 1024;

thread_local char *buffer = nullptr;

int compute(const OrreryApi *api, OrreryContext *context, void *)
{
    OrreryTensor x;
    bool release = int_attribute(api, context, "release", 0) != 0;
    try {
        std::thread([release] {
            if (buffer == nullptr)
                buffer = static_cast<char *>(std::malloc(bufferBytes));
            if (buffer != nullptr)
                std::memset(buffer, 1, bufferBytes);
            if (release) {
                std::free(buffer);
                buffer = nullptr;
            }
        }).join();
    } catch (const std::exception &) {
        return api->fail(context, "no thread could be started");
    }
    return pass_through(api, context, &x);
}

} // namespace

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    return register_pass_through(api, registry, "WorkerThread", "Works in a thread of its own.", compute);
}
