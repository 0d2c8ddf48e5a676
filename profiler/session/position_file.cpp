// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/position_file.h"

#include "engine/base/text.h"
#include "profiler/session/sidecar_file.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

namespace orrery::session {
namespace {

using nlohmann::json;

constexpr const char* ownKey = "positions";
constexpr double farthest = 1e7; // what is beyond was not put there by hand

std::optional<Position> positionOf(const json& entry)
{
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_number() || !entry[1].is_number())
        return std::nullopt;
    const Position position{entry[0].get<double>(), entry[1].get<double>()};
    const bool isNear = std::abs(position.x) <= farthest && std::abs(position.y) <= farthest;
    return isNear ? std::optional(position) : std::nullopt;
}

Problem note(std::string text) { return {Severity::Warning, "position-file", {}, {}, std::move(text), {}}; }

} // namespace

Result<SavedPositions> loadPositions(const std::string& modelPath, const std::string& picture)
{
    const std::string path = sidecarFile(modelPath);
    const Sidecar sidecar = TRY(readSidecar(path));
    SavedPositions saved;
    if (sidecar.damaged)
        saved.notes.push_back(note(fmt::format("{} is damaged ({}); no positions are taken from it",
                                               displayText(path, 400), sidecar.damage)));
    const json all = sidecar.object.value(ownKey, json());
    const json own = all.is_object() ? all.value(picture, json()) : json();
    std::size_t bad = 0;
    if (own.is_object())
        for (const auto& [name, entry] : own.items()) {
            if (auto position = positionOf(entry))
                saved.positions.emplace(name, *position);
            else
                ++bad;
        }
    if (bad > 0)
        saved.notes.push_back(note(fmt::format("{} of the {} positions in {} cannot be understood", bad,
                                               own.size(), displayText(path, 400))));
    return saved;
}

Result<void> savePositions(const std::string& modelPath, const std::string& picture,
                           const Positions& positions)
{
    const std::string path = sidecarFile(modelPath);
    Sidecar sidecar = TRY(readSidecar(path));
    if (sidecar.damaged)
        putSidecarAside(path, sidecar.damage, {});
    json all = sidecar.object.value(ownKey, json());
    if (!all.is_object())
        all = json::object();
    if (positions.empty() && !all.contains(picture))
        return {};
    json own = json::object();
    for (const auto& [name, position] : positions)
        own[name] = {position.x, position.y};
    if (own.empty())
        all.erase(picture);
    else
        all[picture] = std::move(own);
    if (all.empty())
        sidecar.object.erase(ownKey);
    else
        sidecar.object[ownKey] = std::move(all);
    return writeSidecar(path, sidecar.object);
}

} // namespace orrery::session
