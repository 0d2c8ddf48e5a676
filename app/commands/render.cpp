// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/picture_file.h"
#include "app/cli/picture_source.h"
#include "views/layout/graphviz_layout.h"

#include <QGuiApplication>

namespace orrery::commands {
namespace {

using namespace orrery::cli;

Result<ExitStatus> run(const Arguments& arguments)
{
    auto out = arguments.value("out");
    if (!out || !checkPicturePath(*out).ok())
        return usageError("--out names the picture to write: X.svg, X.png or X.pdf");
    double scale = TRY(arguments.number("scale", 2, 0.05));

    qputenv("QT_QPA_PLATFORM", "offscreen"); // fonts are needed, a display is not
    qInstallMessageHandler(
        [](QtMsgType, const QMessageLogContext&, const QString&) {}); // of the platform alone
    int argumentCount = 1;
    char name[] = "orrery";
    char* names[] = {name, nullptr};
    QGuiApplication application(argumentCount, names);

    auto theme = TRY(theme::Theme::load(arguments.valueOr("theme", "light") == "dark" ? theme::Mode::Dark
                                                                                      : theme::Mode::Light));
    canvas::DisplayGraph picture = TRY(makePicture(
        {arguments.positional(0), arguments.valueOr("graph", "dataflow"), arguments.valueOr("overlay", "")}));
    canvas::SceneOptions options;
    options.refine = layout::graphvizRefiner(std::make_shared<layout::GraphvizLayout>());
    auto scene = TRY(canvas::buildScene(picture, theme, options));
    TRY(writePicture(*scene, theme, *out, scale));
    return ExitStatus::Done;
}

} // namespace

CommandSpec render()
{
    return {"render",
            "MODEL|TRACE --out X.svg|png|pdf",
            "Makes a picture of a graph; no display needed",
            {"MODEL|TRACE"},
            {{"graph", "NAME", "which graph (default dataflow)", {"dataflow", "compute", "runtime"}},
             {"overlay", "NAME", "what to paint on it, from a trace", {"time", "memory"}},
             {"out", "FILE", "the picture; its extension says which kind", {}},
             {"theme", "NAME", "colours (default light)", {"light", "dark"}},
             {"scale", "X", "pixels of a .png for each unit (default 2)", {}}},
            run};
}

} // namespace orrery::commands
