#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What a command says. Results go to stdout, notes to stderr; neither throws when the other end is gone.
// finishOutput() tells whether stdout took everything: a reader that went away early (`| head`) is no error,
// a full disk is.

#include "engine/base/result.h"

#include <fmt/format.h>

#include <string_view>

namespace orrery::cli {

void write(std::string_view text);     // to stdout
void writeNote(std::string_view text); // to stderr

template<class... Args>
void print(fmt::format_string<Args...> format, Args&&... args)
{
    write(fmt::format(format, std::forward<Args>(args)...));
}

template<class... Args>
void note(fmt::format_string<Args...> format, Args&&... args)
{
    writeNote(fmt::format(format, std::forward<Args>(args)...));
}

// Hands on what was printed so far; false when nobody takes it any more.
bool flush();

// First thing in main: descriptors 0 to 2 that are closed become /dev/null, so that no file opened later gets
// their numbers and the program's text. A closed pipe is an error of write, not a signal.
void prepareOutput();
Result<void> finishOutput();

// "1 node", "2 nodes".
std::string counted(std::int64_t count, std::string_view singular, std::string_view plural);

} // namespace orrery::cli
