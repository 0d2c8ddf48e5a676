#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The part of TOML 1.0 that the file beside a model needs, to and from a tree of values: tables and arrays of
// tables by their headers, basic strings, decimal integers, floats, booleans, arrays, inline tables,
// comments. What it leaves out (dotted keys outside of headers, literal and multi-line strings, dates, inf
// and nan) is an error that names the line, as is everything that TOML forbids: a key or a table twice, one
// that is not open. What is written can be read here and by any other reader of TOML. Private to
// profiler/session.

#include "engine/base/result.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace orrery::session {

// Comments are not kept. At most 2,000,000 values, 16 levels deep; the error's place is "line 12".
Result<nlohmann::json> parseToml(std::string_view text);

// The root must be an object. What has no form in TOML is left out: null, inf, nan, keys that are no UTF-8;
// in values such bytes become U+FFFD.
std::string tomlText(const nlohmann::json& root);

bool isUtf8(std::string_view text);

} // namespace orrery::session
