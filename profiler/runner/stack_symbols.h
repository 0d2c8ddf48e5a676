#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// StackSymbols: names for return addresses of this process: the module, the function, and where the module
// says so the source line. Reads the modules' own symbol tables and debug information, those of local
// functions included; nothing is fetched from elsewhere. What is not known stays empty. Knows the modules
// that are loaded when it is made; takes long and much memory, so it is made once a run is over.

#include "profiler/protocol/command.h"

#include <memory>
#include <span>
#include <vector>

namespace orrery::runner {

class StackSymbols {
public:
    StackSymbols();
    ~StackSymbols();

    std::vector<protocol::StackFrame> frames(std::span<void* const> returnAddresses) const;

private:
    void appendFrames(void* returnAddress, std::vector<protocol::StackFrame>& frames) const;

    struct Modules;
    std::unique_ptr<Modules> m_modules;
};

} // namespace orrery::runner
