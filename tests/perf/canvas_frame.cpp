// SPDX-License-Identifier: Apache-2.0
//
// How long layouts and frames of the canvas take. Prints the median and the 5th and 95th percentile.
//   canvas_frame                  layouts of 1,000 to 100,000 nodes, frames at 1920×1080 and several zooms
//   canvas_frame --pictures DIR   writes pictures of sample networks, to be looked at
#include "tests/unit/views/canvas/network_samples.h"
#include "views/canvas/paint_graph.h"
#include "views/layout/graphviz_layout.h"

#include <QApplication>
#include <QImage>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>

using namespace orrery;
using namespace orrery::canvas;

namespace {

double millisecondsOf(const std::function<void()>& work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void report(const char* what, std::vector<double> times)
{
    std::sort(times.begin(), times.end());
    auto at = [&](double part) { return times[std::size_t(part * double(times.size() - 1))]; };
    std::printf("%-58s %8.2f ms   (p5 %.2f, p95 %.2f, n %zu)\n", what, at(0.5), at(0.05), at(0.95),
                times.size());
    std::fflush(stdout);
}

layout::LayoutRequest requestOf(const DisplayGraph& graph)
{
    layout::LayoutRequest request;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
        request.nodes.push_back({{110, 60}});
    for (const DisplayEdge& edge : graph.edges)
        request.edges.push_back({edge.from, edge.to, edge.fromPort});
    return request;
}

std::shared_ptr<const GraphScene> sceneOf(const DisplayGraph& graph, const theme::Theme& theme,
                                          const SceneOptions& options = {})
{
    auto scene = buildScene(graph, theme, options);
    if (!scene.ok()) {
        std::fprintf(stderr, "%s\n", scene.error().text().c_str());
        std::exit(1);
    }
    return scene.releaseValue();
}

// Many copies of a network side by side, so that a screen can be filled at any zoom.
DisplayGraph copies(const DisplayGraph& one, std::uint32_t count)
{
    DisplayGraph all;
    all.legend = one.legend;
    for (std::uint32_t c = 0; c < count; ++c) {
        const auto base = std::uint32_t(all.nodes.size());
        for (DisplayNode node : one.nodes) {
            node.id += base;
            node.key = node.id;
            node.group = noIndex;
            all.nodes.push_back(std::move(node));
        }
        for (DisplayEdge edge : one.edges) {
            edge.from += base;
            edge.to += base;
            all.edges.push_back(std::move(edge));
        }
    }
    return all;
}

void timeLayouts()
{
    for (int blocks : {140, 1430, 14300}) {
        const DisplayGraph graph = samples::resNet(blocks, false);
        const auto request = requestOf(graph);
        std::vector<double> times;
        for (int i = 0; i < (blocks > 10000 ? 5 : 15); ++i)
            times.push_back(millisecondsOf([&] { (void)layout::layout(request).ok(); }));
        char what[80];
        std::snprintf(what, sizeof what, "layout, ResNet-like, %zu nodes", graph.nodes.size());
        report(what, times);
    }
}

void timeScenes(const theme::Theme& theme)
{
    for (int layers : {12, 440, 4400}) {
        const DisplayGraph graph = samples::transformer(layers);
        std::vector<double> times;
        for (int i = 0; i < 5; ++i)
            times.push_back(millisecondsOf([&] { sceneOf(graph, theme); }));
        char what[80];
        std::snprintf(what, sizeof what, "scene as first shown, transformer, %zu nodes", graph.nodes.size());
        report(what, times);
    }
}

void timeFrames(const theme::Theme& theme)
{
    for (bool overlay : {false, true}) {
        DisplayGraph one = samples::resNet(14, false);
        if (overlay)
            samples::addTimes(one);
        const DisplayGraph graph = copies(one, 100);
        const auto scene = sceneOf(graph, theme);
        QImage image(1920, 1080, QImage::Format_ARGB32_Premultiplied);
        const Placement all = placeInside(scene->bounds(), QRectF(image.rect()), 10, 1);
        for (double zoom : {all.zoom, 0.12, 0.2, 0.25, 0.33, 0.5, 0.75, 1.0, 1.5}) {
            SpriteCache cache;
            PaintState state;
            state.zoom = zoom;
            state.viewport = QRectF(image.rect());
            std::vector<double> times;
            std::vector<std::uint32_t> nodes;
            for (int i = 0; i < 25; ++i) {
                // A pan: each frame is another part of the picture.
                state.offset =
                    QRectF(image.rect()).center() - scene->bounds().center() * zoom + QPointF(i * 7, i * 3);
                const double time = millisecondsOf([&] {
                    QPainter painter(&image);
                    paintGraph(painter, *scene, theme, state, Quality::Interactive, &cache);
                });
                if (i > 2)
                    times.push_back(time);
            }
            scene->nodesIn(QRectF((-state.offset) / zoom, QSizeF(image.size()) / zoom), nodes);
            char what[80];
            std::snprintf(what, sizeof what, "frame, zoom %.3f, %zu of %zu nodes%s", zoom, nodes.size(),
                          scene->nodeCount(), overlay ? ", overlay" : "");
            report(what, times);
        }
    }
}

void savePicture(const GraphScene& scene, const theme::Theme& theme, const QString& path, double zoom,
                 double ratio, QPointF center, std::uint64_t selected = noKey)
{
    QImage image(QSize(1280, 800) * ratio, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(ratio);
    QPainter painter(&image);
    SpriteCache cache;
    PaintState state;
    state.viewport = QRectF(0, 0, 1280, 800);
    const Placement all = placeInside(scene.bounds(), state.viewport, 20, 1.25);
    state.zoom = zoom > 0 ? zoom : all.zoom;
    state.offset = zoom > 0 ? state.viewport.center() - center * zoom : all.offset;
    state.selected = selected;
    if (selected != noKey) {
        state.highlighted = {selected + 2};
        state.marks = {{selected + 1, std::uint8_t(Mark::Breakpoint)},
                       {selected + 3, std::uint8_t(Mark::Current)}};
    }
    paintGraph(painter, scene, theme, state, Quality::Interactive, &cache);
    paintLegend(painter, scene.graph().legend, theme, QPointF(14, 786));
    painter.end();
    image.save(path);
    std::printf("%s\n", qPrintable(path));
}

void savePictures(const QString& folder)
{
    auto helper = std::make_shared<layout::GraphvizLayout>();
    for (theme::Mode mode : {theme::Mode::Light, theme::Mode::Dark}) {
        auto loaded = theme::Theme::load(mode);
        if (!loaded.ok())
            return;
        const theme::Theme theme = loaded.releaseValue();
        const QString prefix = folder + (mode == theme::Mode::Dark ? "/dark-" : "/light-");
        DisplayGraph resNet = samples::resNet(8);
        auto scene = sceneOf(resNet, theme);
        savePicture(*scene, theme, prefix + "resnet-all.png", 0, 1, {});
        const QPointF top(scene->bounds().center().x(), 330);
        savePicture(*scene, theme, prefix + "resnet-1x.png", 1, 1, top, 5);
        savePicture(*scene, theme, prefix + "resnet-2x.png", 1, 2, top, 5);
        savePicture(*scene, theme, prefix + "resnet-half.png", 0.5, 1, top + QPointF(0, 400));
        SceneOptions refined;
        refined.refine = layout::graphvizRefiner(helper);
        scene = sceneOf(resNet, theme, refined);
        savePicture(*scene, theme, prefix + "resnet-dot.png", 0.5, 1, {scene->bounds().center().x(), 700});
        const DisplayGraph flat = samples::resNet(16, false);
        scene = sceneOf(flat, theme);
        savePicture(*scene, theme, prefix + "flat-own.png", 0.4, 1, {scene->bounds().center().x(), 1200});
        scene = sceneOf(flat, theme, refined);
        savePicture(*scene, theme, prefix + "flat-dot.png", 0.4, 1, {scene->bounds().center().x(), 1200});
        samples::addTimes(resNet);
        scene = sceneOf(resNet, theme);
        savePicture(*scene, theme, prefix + "resnet-heat.png", 1, 1, {scene->bounds().center().x(), 420});
        savePicture(*scene, theme, prefix + "resnet-heat-half.png", 0.5, 1,
                    {scene->bounds().center().x(), 800});
        const DisplayGraph bert = samples::transformer(12, 60);
        scene = sceneOf(bert, theme);
        savePicture(*scene, theme, prefix + "bert-collapsed.png", 0, 1, {});
        savePicture(*scene, theme, prefix + "bert-collapsed-1x.png", 1, 1,
                    {scene->bounds().center().x(), 380});
        const DisplayGraph bertOpen = samples::transformer(3, 400);
        scene = sceneOf(bertOpen, theme);
        savePicture(*scene, theme, prefix + "bert-open.png", 0, 1, {});
        savePicture(*scene, theme, prefix + "bert-open-1x.png", 0.8, 1, {scene->bounds().center().x(), 560});
        scene = sceneOf(bertOpen, theme, refined);
        savePicture(*scene, theme, prefix + "bert-dot.png", 0.6, 1, {scene->bounds().center().x(), 700});
        SceneOptions across;
        across.direction = layout::Direction::LeftToRight;
        scene = sceneOf(bertOpen, theme, across);
        savePicture(*scene, theme, prefix + "bert-across.png", 0.6, 1, {900, scene->bounds().center().y()});
    }
}

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    if (argc == 3 && std::strcmp(argv[1], "--pictures") == 0) {
        savePictures(argv[2]);
        return 0;
    }
    auto theme = theme::Theme::load(theme::Mode::Light);
    if (!theme.ok()) {
        std::fprintf(stderr, "%s\n", theme.error().text().c_str());
        return 1;
    }
    timeLayouts();
    timeScenes(*theme);
    timeFrames(*theme);
    return 0;
}
