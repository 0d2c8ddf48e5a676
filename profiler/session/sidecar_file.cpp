// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/sidecar_file.h"

#include "engine/formats/file_io.h"

#include <fmt/format.h>

#include <filesystem>

namespace orrery::session {
namespace {

using nlohmann::json;

constexpr std::int64_t largestFile = 16 << 20;
constexpr int deepestFile = 16;

} // namespace

std::string sidecarFile(const std::string& modelPath) { return modelPath + ".orrery.json"; }

Result<Sidecar> readSidecar(const std::string& path)
{
    std::error_code failed;
    if (!std::filesystem::exists(path, failed))
        return Sidecar{};
    std::string bytes = TRY(formats::readFile(path, largestFile));
    bool tooDeep = false;
    auto shallow = [&](int depth, json::parse_event_t, json&) {
        tooDeep = tooDeep || depth > deepestFile;
        return !tooDeep;
    };
    Sidecar sidecar;
    sidecar.object = json::parse(bytes, shallow, false);
    sidecar.damaged = tooDeep || !sidecar.object.is_object();
    if (sidecar.damaged)
        sidecar.object = json::object();
    return sidecar;
}

Problem putSidecarAside(const std::string& path, std::string remedy)
{
    std::error_code failed;
    std::string aside = path + ".broken";
    std::filesystem::rename(path, aside, failed);
    return {Severity::Warning,
            "breakpoint-file",
            {},
            {},
            failed ? fmt::format("{} is damaged and cannot be moved away: {}", path, failed.message())
                   : fmt::format("{} is damaged; it is now {}", path, aside),
            std::move(remedy)};
}

Result<void> writeSidecar(const std::string& path, const json& object)
{
    return formats::replaceFile(path, object.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

} // namespace orrery::session
