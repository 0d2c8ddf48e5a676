// SPDX-License-Identifier: Apache-2.0
#include "app/cli/window_command.h"

#include "app/window/window_app.h"

#include <fmt/format.h>

#include <filesystem>

namespace orrery::cli {
namespace {

Result<std::pair<int, int>> sizeOf(const std::string& text)
{
    auto dims = parseDims(text);
    if (!dims.ok() || dims->size() != 2 || (*dims)[0] > 16384 || (*dims)[1] > 16384)
        return usageError(fmt::format("--size takes WIDTHxHEIGHT, not \"{}\"", text));
    return std::pair(static_cast<int>((*dims)[0]), static_cast<int>((*dims)[1]));
}

// A bare word may have been meant as a command.
Result<void> checkExists(const std::string& path)
{
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored))
        return {};
    if (path.find_first_of("./") == std::string::npos)
        return usageError(
            fmt::format("there is no command and no file \"{}\"; `orrery --help` lists the commands", path));
    return Error{ErrorCode::BadFile, "no such file", path};
}

} // namespace

std::vector<OptionSpec> windowOptions()
{
    return {
        {"screenshot",
         "OUT.png",
         "save what the window shows once it is at rest, and exit; needs no display",
         {}},
        {"size", "1600x1000", "of the window", {}},
        {"view", "NAME", "the graph to show", {"dataflow", "compute", "training", "runtime"}},
        {"panel", "NAME", "the panel to bring to the front", {}},
        {"overlay", "NAME", "what to paint on the graph: none, time, memory", {}},
        {"theme", "NAME", "colours; default: as in the settings", {"light", "dark"}},
    };
}

Result<int> openWindow(int& argc, char** argv, const std::vector<std::string>& words)
{
    std::vector<OptionSpec> options = windowOptions();
    std::vector<std::string> given = words;
    // The file is optional: without one the window shows its welcome page.
    static constexpr std::string_view file[] = {"FILE"};
    auto withFile = Arguments::parse(given, options, file);
    bool hasFile = withFile.ok();
    Arguments arguments = hasFile ? withFile.releaseValue() : TRY(Arguments::parse(given, options, {}));

    if (hasFile)
        TRY(checkExists(arguments.positional(0)));
    window::WindowOptions window;
    if (hasFile)
        window.file = arguments.positional(0);
    window.screenshot = arguments.valueOr("screenshot", "");
    if (auto size = arguments.value("size"))
        std::tie(window.width, window.height) = TRY(sizeOf(*size));
    window.view = arguments.valueOr("view", "");
    window.panel = arguments.valueOr("panel", "");
    window.overlay = arguments.valueOr("overlay", "");
    window.theme = arguments.valueOr("theme", "");
    return window::runWindow(argc, argv, window);
}

} // namespace orrery::cli
