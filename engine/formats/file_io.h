#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Whole files in and out: reading checks the kind and size of what is there before it takes memory and never
// blocks on a pipe or device; writing replaces a file in one step (temporary file, flush, rename), so that a
// reader or a crash sees the old content or the new, never a part.

#include "engine/base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace orrery::formats {

Result<std::string> readFile(const std::string& path, std::int64_t maxBytes);
Result<void> replaceFile(const std::string& path, std::string_view content);
// The parts one behind the other.
Result<void> replaceFile(const std::string& path, std::span<const std::string_view> parts);
// Makes an empty file, to be replaced by whoever made it; false when something of that name is there already.
Result<bool> claimFile(const std::string& path);

// What a file that is no model looks like, from its first bytes: "a PNG image", "an HTML page".
std::string describeContent(std::string_view firstBytes);

std::string folderOf(const std::string& path);   // "." when the path has none
std::string fileNameOf(const std::string& path); // what follows the last slash

bool isSameFolder(const std::string& a, const std::string& b);

} // namespace orrery::formats
