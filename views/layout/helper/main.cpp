// SPDX-License-Identifier: Apache-2.0
//
// orrery-layout: reads layout requests on standard input, answers on standard output, one at a time, until
// the input ends. Holds Graphviz, so that its hangs and crashes are this process's alone. Limits itself
// before the first request: address space, processor time, no core file; dies with its parent; works on a
// thread with a deep stack, because dot recurses. Sees indices and sizes only.
#include "views/layout/helper/dot.h"
#include "views/layout/layout_protocol.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace orrery;

bool readAll(std::span<std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t n = ::read(STDIN_FILENO, bytes.data(), bytes.size());
        if (n > 0)
            bytes = bytes.subspan(std::size_t(n));
        else if (n == 0 || errno != EINTR)
            return false;
    }
    return true;
}

bool writeAll(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (n > 0)
            bytes = bytes.subspan(std::size_t(n));
        else if (errno != EINTR)
            return false;
    }
    return true;
}

void limit(int resource, rlim_t value)
{
    const rlimit both{value, value};
    ::setrlimit(resource, &both);
}

void limitSelf()
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, 300);
    limit(RLIMIT_NOFILE, 64);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    limit(RLIMIT_AS, rlim_t(1) << 30);
#endif
}

// 0 at the end of the input, 1 on a request that is none.
void* serve(void*)
{
    layout::Dot dot;
    for (;;) {
        std::array<std::byte, layout::frameHeaderBytes> header;
        if (!readAll(header))
            return nullptr;
        auto length = layout::decodeHeader(header, layout::requestMagic);
        if (!length.ok())
            std::_Exit(1);
        std::vector<std::byte> payload(*length);
        if (!readAll(payload))
            std::_Exit(1);
        auto level = layout::decodeRequest(payload);
        if (!level.ok())
            std::_Exit(1);
        auto result = dot.layOut(*level);
        if (!writeAll(result ? layout::encodeReply(*result) : layout::encodeRefusal()))
            std::_Exit(1);
    }
}

} // namespace

int main()
{
    limitSelf();
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64u << 20);
    pthread_t thread;
    if (pthread_create(&thread, &attributes, serve, nullptr) != 0)
        return 1;
    pthread_join(thread, nullptr);
    return 0;
}
