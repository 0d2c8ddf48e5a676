// SPDX-License-Identifier: Apache-2.0
#include "app/cli/picture_file.h"

#include "views/canvas/paint_graph.h"

#include <QBuffer>
#include <QImage>
#include <QPageSize>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>

#include <cmath>

namespace orrery::cli {
namespace {

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
    {
        QPainter painter(&image);
        painter.scale(scale, scale); // a device pixel ratio cannot be below 1
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

} // namespace

Result<void> checkPicturePath(const std::string& path)
{
    const std::string kind = extensionOf(path);
    if (kind == "svg" || kind == "png" || kind == "pdf")
        return {};
    return Error{ErrorCode::Usage, "a picture is X.svg, X.png or X.pdf", path};
}

Result<void> writePicture(const canvas::GraphScene& scene, const theme::Theme& theme, const std::string& path,
                          double scale)
{
    TRY(checkPicturePath(path));
    const std::string kind = extensionOf(path);
    const double legend = scene.graph().legend.shown() ? 48 : 0;
    const QSizeF size = scene.bounds().size() + QSizeF(2 * margin, 2 * margin + legend);
    return save(kind == "svg"   ? asSvg(scene, theme, size)
                : kind == "pdf" ? asPdf(scene, theme, size)
                                : asPng(scene, theme, size, scale),
                path);
}

} // namespace orrery::cli
