#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Text that came out of a file, made fit to be shown: control characters, bidirectional overrides and invalid
// UTF-8 become visible escapes, and what is longer than the limit is elided in the middle.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace orrery {

// Escapes C0/C1 controls, newlines, bidi controls and invalid UTF-8 as \n, \x1b, \u202e …; elides beyond
// maxBytes.
std::string displayText(std::string_view text, std::size_t maxBytes = 4096);

std::string formatBytes(std::int64_t bytes);   // "1.25 MiB"
std::string formatDurationNs(std::int64_t ns); // "1.25 ms"
std::string formatCount(double count);         // "1.25 M", "3.4 G"

} // namespace orrery
