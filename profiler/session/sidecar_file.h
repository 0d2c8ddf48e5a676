#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The file that Orrery keeps beside a model, `<model file name>.orrery.json`: one JSON object, each key of
// which belongs to one part of the program; the others' keys pass through. Private to profiler/session.

#include "engine/base/problem.h"

#include <nlohmann/json.hpp>

#include <string>

namespace orrery::session {

std::string sidecarFile(const std::string& modelPath);

struct Sidecar {
    nlohmann::json object = nlohmann::json::object(); // empty when there is no file, or no sense in it
    bool damaged = false;                             // no JSON object, or nested too deeply
};

Result<Sidecar> readSidecar(const std::string& path);
// Moves a damaged file to `….broken`, so that the next save does not destroy it; a note that tells so.
Problem putSidecarAside(const std::string& path, std::string remedy);
// Replaces it as a whole.
Result<void> writeSidecar(const std::string& path, const nlohmann::json& object);

} // namespace orrery::session
