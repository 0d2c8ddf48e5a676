// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/stack_symbols.h"

#include <cstdlib>
#include <cxxabi.h>
#include <dwarf.h>
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

std::string nameOf(Dwarf_Die& function)
{
    Dwarf_Attribute attribute{};
    for (unsigned linkage : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name})
        if (dwarf_attr_integrate(&function, linkage, &attribute) != nullptr)
            if (const char* text = dwarf_formstring(&attribute))
                return demangled(text);
    const char* text = dwarf_diename(&function);
    return text != nullptr ? text : "";
}

// The last frame stands where the program counter is; where that is code of functions put into it, it becomes
// one frame for each, and ends at the line of the function that was called.
void unfoldInlined(Dwfl_Module* module, Dwarf_Addr address, std::vector<protocol::StackFrame>& frames)
{
    Dwarf_Addr bias = 0;
    Dwarf_Die* unit = dwfl_module_addrdie(module, address, &bias);
    // The innermost scope is right; around a function that was put into another one, what follows it is where
    // it was written, not where it is.
    Dwarf_Die* innermost = nullptr;
    const bool isKnown = unit != nullptr && dwarf_getscopes(unit, address - bias, &innermost) > 0;
    const std::unique_ptr<Dwarf_Die, decltype(&std::free)> innermostOwner(innermost, &std::free);
    Dwarf_Die* scopes = nullptr;
    const int count = isKnown ? dwarf_getscopes_die(&innermost[0], &scopes) : 0;
    const std::unique_ptr<Dwarf_Die, decltype(&std::free)> owner(scopes, &std::free);
    Dwarf_Files* files = nullptr;
    if (count <= 0 || dwarf_getsrcfiles(unit, &files, nullptr) != 0)
        return;
    for (int i = 0; i < count; ++i) {
        const int tag = dwarf_tag(&scopes[i]);
        if (tag == DW_TAG_subprogram)
            return;
        if (tag != DW_TAG_inlined_subroutine)
            continue;
        protocol::StackFrame caller = frames.back();
        frames.back().symbol = nameOf(scopes[i]);
        Dwarf_Attribute attribute{};
        Dwarf_Word number = 0;
        caller.file.clear();
        caller.line = -1;
        if (dwarf_formudata(dwarf_attr(&scopes[i], DW_AT_call_file, &attribute), &number) == 0)
            if (const char* source = dwarf_filesrc(files, number, nullptr, nullptr))
                caller.file = source;
        if (dwarf_formudata(dwarf_attr(&scopes[i], DW_AT_call_line, &attribute), &number) == 0)
            caller.line = static_cast<std::int64_t>(number);
        frames.push_back(std::move(caller));
    }
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

// The functions at an address, innermost first: those that the compiler put into another one have no call of
// their own, yet theirs is the line that was written.
void StackSymbols::appendFrames(void* returnAddress, std::vector<protocol::StackFrame>& frames) const
{
    protocol::StackFrame& physical = frames.emplace_back();
    // The call lies before the address that it returns to.
    auto address = static_cast<Dwarf_Addr>(reinterpret_cast<std::uintptr_t>(returnAddress)) - 1;
    Dwfl_Module* module =
        m_modules->session != nullptr ? dwfl_addrmodule(m_modules->session, address) : nullptr;
    if (module == nullptr)
        return;
    Dwarf_Addr start = 0;
    const char* file = nullptr;
    const char* name = dwfl_module_info(module, nullptr, &start, nullptr, nullptr, nullptr, &file, nullptr);
    physical.module = file != nullptr ? file : name != nullptr ? name : "";
    physical.moduleOffset = address + 1 - start;
    GElf_Off offset = 0;
    GElf_Sym symbol{};
    if (const char* found =
            dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr))
        physical.symbol = demangled(found);
    if (Dwfl_Line* line = dwfl_module_getsrc(module, address)) {
        int number = 0;
        if (const char* source = dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr)) {
            physical.file = source;
            physical.line = number;
        }
    }
    unfoldInlined(module, address, frames);
}

std::vector<protocol::StackFrame> StackSymbols::frames(std::span<void* const> returnAddresses) const
{
    std::vector<protocol::StackFrame> result;
    result.reserve(returnAddresses.size());
    for (void* address : returnAddresses)
        appendFrames(address, result);
    return result;
}

} // namespace orrery::runner
