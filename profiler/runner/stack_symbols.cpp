// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/stack_symbols.h"

#include <cstdlib>
#include <cxxabi.h>
#include <elfutils/libdwfl.h>
#include <memory>
#include <unistd.h>

namespace orrery::runner {

namespace {

std::string demangled(const char* symbol)
{
    int failed = 0;
    std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(symbol, nullptr, nullptr, &failed),
                                                     &std::free);
    return failed == 0 && text ? text.get() : symbol;
}

} // namespace

struct StackSymbols::Modules {
    // What debug information lies beside the libraries or under the system's folder for it; none is fetched.
    Dwfl_Callbacks callbacks{};
    char* debugPath = nullptr;
    Dwfl* session = nullptr;

    Modules()
    {
        ::unsetenv("DEBUGINFOD_URLS");
        callbacks.find_elf = dwfl_linux_proc_find_elf;
        callbacks.find_debuginfo = dwfl_standard_find_debuginfo;
        callbacks.debuginfo_path = &debugPath;
        session = dwfl_begin(&callbacks);
        if (session == nullptr)
            return;
        dwfl_report_begin(session);
        bool known = dwfl_linux_proc_report(session, getpid()) == 0;
        if (dwfl_report_end(session, nullptr, nullptr) == 0 && known)
            return;
        dwfl_end(session);
        session = nullptr;
    }
    ~Modules() { dwfl_end(session); }
    Modules(const Modules&) = delete;
    Modules& operator=(const Modules&) = delete;
};

StackSymbols::StackSymbols()
    : m_modules(std::make_unique<Modules>())
{}
StackSymbols::~StackSymbols() = default;

protocol::StackFrame StackSymbols::frame(void* returnAddress) const
{
    protocol::StackFrame result;
    // The call lies before the address that it returns to.
    auto address = static_cast<Dwarf_Addr>(reinterpret_cast<std::uintptr_t>(returnAddress)) - 1;
    Dwfl_Module* module =
        m_modules->session != nullptr ? dwfl_addrmodule(m_modules->session, address) : nullptr;
    if (module == nullptr)
        return result;
    Dwarf_Addr start = 0;
    const char* file = nullptr;
    const char* name = dwfl_module_info(module, nullptr, &start, nullptr, nullptr, nullptr, &file, nullptr);
    result.module = file != nullptr ? file : name != nullptr ? name : "";
    result.moduleOffset = address + 1 - start;
    GElf_Off offset = 0;
    GElf_Sym symbol{};
    if (const char* found =
            dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr))
        result.symbol = demangled(found);
    if (Dwfl_Line* line = dwfl_module_getsrc(module, address)) {
        int number = 0;
        if (const char* source = dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr)) {
            result.file = source;
            result.line = number;
        }
    }
    return result;
}

std::vector<protocol::StackFrame> StackSymbols::frames(std::span<void* const> returnAddresses) const
{
    std::vector<protocol::StackFrame> result;
    result.reserve(returnAddresses.size());
    for (void* address : returnAddresses)
        result.push_back(frame(address));
    return result;
}

} // namespace orrery::runner
