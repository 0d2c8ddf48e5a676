// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/stack_symbols.h"

#include <cstdlib>
#include <cxxabi.h>
#include <dlfcn.h>

namespace orrery::runner {

namespace {

std::string demangled(const char* symbol)
{
    int failed = 0;
    char* text = abi::__cxa_demangle(symbol, nullptr, nullptr, &failed);
    std::string result = failed == 0 && text != nullptr ? text : symbol;
    std::free(text);
    return result;
}

} // namespace

std::vector<protocol::StackFrame> symbolise(std::span<void* const> frames)
{
    std::vector<protocol::StackFrame> result;
    for (void* frame : frames) {
        protocol::StackFrame& at = result.emplace_back();
        Dl_info info{};
        if (::dladdr(static_cast<char*>(frame) - 1, &info) == 0 || info.dli_fname == nullptr)
            continue;
        at.module = info.dli_fname;
        at.moduleOffset =
            static_cast<std::uint64_t>(static_cast<char*>(frame) - static_cast<char*>(info.dli_fbase));
        if (info.dli_sname != nullptr)
            at.symbol = demangled(info.dli_sname);
    }
    return result;
}

} // namespace orrery::runner
