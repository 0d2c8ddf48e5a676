// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/picture_source.h"
#include "views/canvas/paint_graph.h"
#include "views/layout/graphviz_layout.h"

#include <QBuffer>
#include <QGuiApplication>
#include <QImage>
#include <QPageSize>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>
#include <fmt/format.h>

#include <cmath>

namespace orrery::commands {
namespace {

using namespace orrery::cli;

constexpr double margin = 24;
constexpr double mostPixels = 120e6; // 480 MB of image; larger pictures are scaled down

std::string extensionOf(const std::string& path)
{
    std::size_t dot = path.rfind('.');
    return dot == std::string::npos ? "" : path.substr(dot + 1);
}

void paint(QPainter& painter, const canvas::GraphScene& scene, const theme::Theme& theme, const QSizeF& size)
{
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    QRectF target(QPointF(), size);
    painter.fillRect(target, theme.color(theme::Role::Canvas));
    canvas::Placement placement = canvas::placeInside(scene.bounds(), target, margin, 1);
    canvas::PaintState state;
    state.zoom = placement.zoom;
    state.offset = placement.offset;
    state.viewport = target;
    canvas::paintGraph(painter, scene, theme, state, canvas::Quality::Export);
    canvas::paintLegend(painter, scene.graph().legend, theme,
                        target.bottomLeft() + QPointF(margin / 2, -margin / 2));
}

QByteArray asPng(const canvas::GraphScene& scene, const theme::Theme& theme, const QSizeF& size,
                 double wantedScale)
{
    double scale = std::min(wantedScale, std::sqrt(mostPixels / (size.width() * size.height())));
    QImage image((size * scale).toSize().expandedTo({1, 1}), QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(scale);
    {
        QPainter painter(&image);
        paint(painter, scene, theme, size);
    }
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "PNG");
    return bytes;
}

QByteArray asSvg(const canvas::GraphScene& scene, const theme::Theme& theme, const QSizeF& size)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(size.toSize());
    generator.setViewBox(QRectF(QPointF(), size));
    generator.setTitle(QString::fromStdString(scene.graph().title).toHtmlEscaped());
    QPainter painter(&generator);
    paint(painter, scene, theme, size);
    painter.end();
    return bytes;
}

QByteArray asPdf(const canvas::GraphScene& scene, const theme::Theme& theme, const QSizeF& size)
{
    constexpr double pointsPerPixel = 0.75;
    constexpr double mostPoints = 14'400; // what PDF readers take for a page
    double fit = std::min(1.0, mostPoints / (std::max(size.width(), size.height()) * pointsPerPixel));
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setPageSize(QPageSize(size * pointsPerPixel * fit, QPageSize::Point));
    writer.setPageMargins(QMarginsF());
    writer.setTitle(QString::fromStdString(scene.graph().title));
    QPainter painter(&writer);
    double unit = static_cast<double>(writer.logicalDpiX()) / 72 * pointsPerPixel * fit;
    painter.scale(unit, unit);
    paint(painter, scene, theme, size);
    painter.end();
    return bytes;
}

Result<void> save(const QByteArray& bytes, const std::string& path)
{
    QSaveFile file(QString::fromStdString(path));
    if (bytes.isEmpty() || !file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() ||
        !file.commit())
        return Error{ErrorCode::Io,
                     bytes.isEmpty() ? "the picture could not be made" : file.errorString().toStdString(),
                     path};
    return {};
}

Result<ExitStatus> run(const Arguments& arguments)
{
    auto out = arguments.value("out");
    std::string kind = out ? extensionOf(*out) : std::string();
    if (kind != "svg" && kind != "png" && kind != "pdf")
        return usageError("--out names the picture to write: X.svg, X.png or X.pdf");
    double scale = TRY(arguments.number("scale", 2, 0.05));

    qputenv("QT_QPA_PLATFORM", "offscreen"); // fonts are needed, a display is not
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
    QSizeF size = scene->bounds().size() + QSizeF(2 * margin, 2 * margin + (picture.legend.shown() ? 48 : 0));
    TRY(save(kind == "svg"   ? asSvg(*scene, theme, size)
             : kind == "pdf" ? asPdf(*scene, theme, size)
                             : asPng(*scene, theme, size, scale),
             *out));
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
