// SPDX-License-Identifier: Apache-2.0
#include "app/window/main_window.h"

#include <QCoreApplication>

namespace orrery::window {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("viewActions", text); }
QString qstring(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

} // namespace

ActionMenu view_actions()
{
    using W = MainWindow;
    ActionMenu menu{tr("&View"), {}};
    auto isOpen = [](const W& w) { return !w.document().path().isEmpty(); };
    int number = 0;
    for (const auto& spec : projections::projectionSpecs()) {
        const QString id = qstring(spec.id);
        menu.actions.push_back(
            {.id = "view_" + id,
             .text = tr("%1 graph").arg(qstring(spec.title)),
             .toolTip = qstring(spec.toolTip),
             .icon = {},
             .shortcuts = {QKeySequence(QString("Alt+%1").arg(++number))},
             .run = [id](W& w) { w.document().focus().setProjection(id); },
             .enabled = isOpen,
             .checked = [id](const W& w) { return w.document().focus().projection() == id; }});
    }
    auto overlay = [&menu](const QString& id, const QString& title, const QString& toolTip) {
        menu.actions.push_back(
            {.id = "overlay_" + (id.isEmpty() ? QString("none") : id),
             .text = title,
             .toolTip = toolTip,
             .icon = {},
             .shortcuts = {},
             .subMenu = tr("&Colour by"),
             .run = [id](W& w) { w.document().focus().setOverlay(id); },
             .checked = [id](const W& w) { return w.document().focus().overlay() == id; }});
    };
    overlay({}, tr("Category"), tr("What kind of operator a node is"));
    for (const auto& spec : overlays::overlaySpecs())
        overlay(qstring(spec.id), qstring(spec.title), qstring(spec.toolTip));
    auto theme = [&menu](const QString& id, const QString& title, ThemeChoice choice) {
        menu.actions.push_back({.id = "theme_" + id,
                                .text = title,
                                .toolTip = {},
                                .icon = {},
                                .shortcuts = {},
                                .subMenu = tr("&Theme"),
                                .run = [choice](W& w) { w.setThemeChoice(choice); },
                                .checked = [choice](const W& w) { return w.themeChoice() == choice; }});
    };
    theme("system", tr("As the desktop"), ThemeChoice::System);
    theme("light", tr("Light"), ThemeChoice::Light);
    theme("dark", tr("Dark"), ThemeChoice::Dark);

    auto add = [&](const char* id, const QString& text, const char* icon, QList<QKeySequence> keys,
                   Place place, Separator separator, void (*run)(W&)) {
        menu.actions.push_back({.id = id,
                                .text = text,
                                .toolTip = {},
                                .icon = icon,
                                .shortcuts = std::move(keys),
                                .place = place,
                                .separator = separator,
                                .run = run,
                                .enabled = isOpen});
    };
    const auto none = Separator::None, before = Separator::Before;
    add("find", tr("&Find …"), "search", {QKeySequence::Find}, Place::MenuAndToolBar, before,
        [](W& w) { w.graphPanel().openSearch(); });
    add("fit", tr("Fit &all"), "fit", {QKeySequence("Ctrl+0")}, Place::MenuAndToolBar, none,
        [](W& w) { w.graphPanel().view().fitAll(); });
    add("fit_selection", tr("Fit &selection"), "", {QKeySequence("Ctrl+Shift+0")}, Place::Menu, none,
        [](W& w) { w.graphPanel().view().fitSelection(); });
    add("zoom_in", tr("Zoom &in"), "zoom-in", {QKeySequence::ZoomIn, QKeySequence("Ctrl+=")}, Place::Menu,
        none, [](W& w) { w.graphPanel().view().zoomIn(); });
    add("zoom_out", tr("Zoom &out"), "zoom-out", {QKeySequence::ZoomOut}, Place::Menu, none,
        [](W& w) { w.graphPanel().view().zoomOut(); });
    add("expand_all", tr("&Expand all groups"), "expand-all", {}, Place::Menu, before,
        [](W& w) { w.graphPanel().view().expandAll(); });
    add("collapse_all", tr("&Collapse all groups"), "collapse-all", {}, Place::Menu, none,
        [](W& w) { w.graphPanel().view().collapseAll(); });
    return menu;
}

} // namespace orrery::window
