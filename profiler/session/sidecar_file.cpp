// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/sidecar_file.h"

#include "engine/base/text.h"
#include "engine/formats/file_io.h"
#include "profiler/session/toml.h"

#include <fmt/format.h>

#include <filesystem>

namespace orrery::session {
namespace {

using nlohmann::json;

constexpr std::int64_t largestFile = 16 << 20;

} // namespace

std::string sidecarFile(const std::string& modelPath) { return modelPath + ".orrery.toml"; }

Result<Sidecar> readSidecar(const std::string& path)
{
    std::error_code failed;
    if (!std::filesystem::exists(path, failed))
        return Sidecar{};
    std::string bytes = TRY(formats::readFile(path, largestFile));
    Sidecar sidecar;
    auto parsed = parseToml(bytes);
    sidecar.damaged = !parsed.ok();
    if (parsed.ok())
        sidecar.object = parsed.releaseValue();
    else
        sidecar.damage = parsed.error().text();
    return sidecar;
}

Problem putSidecarAside(const std::string& path, const std::string& damage, std::string remedy)
{
    std::error_code failed;
    std::string aside = path + ".broken";
    std::filesystem::rename(path, aside, failed);
    return {Severity::Warning,
            "breakpoint-file",
            {},
            {},
            failed ? fmt::format("{} is damaged ({}) and cannot be moved away: {}", path, damage,
                                 failed.message())
                   : fmt::format("{} is damaged ({}); it is now {}", path, damage, aside),
            std::move(remedy)};
}

Result<void> writeSidecar(const std::string& path, const json& object)
{
    const std::string text = tomlText(object);
    if (static_cast<std::int64_t>(text.size()) > largestFile)
        return Error{ErrorCode::LimitReached,
                     fmt::format("what is kept beside the model would take {}, more than {}",
                                 formatBytes(static_cast<std::int64_t>(text.size())),
                                 formatBytes(largestFile)),
                     path};
    return formats::replaceFile(path, text);
}

} // namespace orrery::session
