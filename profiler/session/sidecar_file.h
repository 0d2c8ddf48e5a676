#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The file that Orrery keeps beside a model, `<model file name>.orrery.toml` (the part of TOML in toml.h), as
// one object, each key of which belongs to one part of the program; the others' keys pass through, comments do
// not. Private to profiler/session.

#include "engine/base/problem.h"

#include <nlohmann/json.hpp>

#include <string>

namespace orrery::session {

std::string sidecarFile(const std::string& modelPath);

struct Sidecar {
    nlohmann::json object = nlohmann::json::object(); // empty when there is no file, or no sense in it
    bool damaged = false;                             // no TOML, as far as it is read here
    std::string damage;                               // "line 3: …"
};

Result<Sidecar> readSidecar(const std::string& path);
// Moves a damaged file to `….broken`, so that the next save does not destroy it; a note that tells so.
Problem putSidecarAside(const std::string& path, const std::string& damage, std::string remedy);
// Replaces it as a whole; refuses what could not be read again for its size.
Result<void> writeSidecar(const std::string& path, const nlohmann::json& object);

} // namespace orrery::session
