// SPDX-License-Identifier: Apache-2.0
//
// What of a theme concerns Qt's own widgets: palette, style sheet and icons.
#include "views/theme/theme.h"

#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QSvgRenderer>

namespace orrery::theme {
namespace {

// Draws a black SVG in one colour per mode, at the device's own resolution.
class MonochromeIcon : public QIconEngine {
public:
    MonochromeIcon(QByteArray svg, QColor normal, QColor disabled, QColor on)
        : m_svg(std::move(svg))
        , m_normal(normal)
        , m_disabled(disabled)
        , m_on(on)
    {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override
    {
        const QColor color = mode == QIcon::Disabled ? m_disabled : state == QIcon::On ? m_on : m_normal;
        QByteArray svg = m_svg;
        svg.replace("#000", color.name().toLatin1());
        QSvgRenderer(svg).render(painter, rect);
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap result(size);
        result.fill(Qt::transparent);
        QPainter painter(&result);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return result;
    }

    QIconEngine* clone() const override { return new MonochromeIcon(*this); }

private:
    QByteArray m_svg;
    QColor m_normal, m_disabled, m_on;
};

} // namespace

QIcon Theme::icon(const QString& name) const
{
    QFile file(":/orrery/icons/" + name + ".svg");
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QColor disabled = color(Role::TextMuted);
    disabled.setAlpha(255);
    const QColor background = color(Role::Window);
    auto mix = [](int a, int b) { return (a + b) / 2; };
    disabled = QColor(mix(disabled.red(), background.red()), mix(disabled.green(), background.green()),
                      mix(disabled.blue(), background.blue()));
    return QIcon(new MonochromeIcon(file.readAll(), color(Role::Text), disabled, color(Role::Accent)));
}

QPalette Theme::palette() const
{
    QPalette palette;
    palette.setColor(QPalette::Window, color(Role::Window));
    palette.setColor(QPalette::WindowText, color(Role::Text));
    palette.setColor(QPalette::Base, color(Role::Surface));
    palette.setColor(QPalette::AlternateBase, color(Role::Window));
    palette.setColor(QPalette::Text, color(Role::Text));
    palette.setColor(QPalette::PlaceholderText, color(Role::TextMuted));
    palette.setColor(QPalette::Button, color(Role::SurfaceRaised));
    palette.setColor(QPalette::ButtonText, color(Role::Text));
    palette.setColor(QPalette::BrightText, color(Role::Error));
    palette.setColor(QPalette::ToolTipBase, color(Role::SurfaceRaised));
    palette.setColor(QPalette::ToolTipText, color(Role::Text));
    palette.setColor(QPalette::Highlight, color(Role::Accent));
    palette.setColor(QPalette::HighlightedText, color(Role::TextOnAccent));
    palette.setColor(QPalette::Link, color(Role::Accent));
    palette.setColor(QPalette::LinkVisited, color(Role::Accent));
    palette.setColor(QPalette::Mid, color(Role::Border));
    palette.setColor(QPalette::Midlight, color(Role::Border));
    palette.setColor(QPalette::Light, color(Role::SurfaceRaised));
    palette.setColor(QPalette::Dark, color(Role::Border));
    palette.setColor(QPalette::Shadow, color(Role::NodeShadow));
    for (auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, color(Role::TextMuted));
    return palette;
}

QString Theme::styleSheet() const
{
    QString sheet = QStringLiteral(R"(
QMainWindow::separator { background: @border; width: 1px; height: 1px; }
QToolBar { background: @window; border: none; border-bottom: 1px solid @border; padding: 3px 6px; spacing: 2px; }
QToolBar::separator { background: @border; width: 1px; margin: 5px 6px; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 4px 7px; }
QToolButton:hover { background: @raised; border-color: @border; }
QToolButton:pressed, QToolButton:checked { background: @raised; border-color: @accent; }
QStatusBar { background: @window; border-top: 1px solid @border; color: @muted; }
QStatusBar::item { border: none; }
QMenuBar { background: @window; }
QMenuBar::item { padding: 4px 9px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: @raised; }
QMenu { background: @raised; border: 1px solid @border; padding: 4px; }
QMenu::item { padding: 5px 22px 5px 10px; border-radius: 4px; }
QMenu::item:selected { background: @accent; color: @onaccent; }
QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @border; margin: 4px 6px; }
QDockWidget { font-weight: 600; }
QDockWidget::title { background: @window; padding: 6px 8px; border-bottom: 1px solid @border; }
QTabBar { background: @window; }
QTabBar::tab { background: transparent; color: @muted; padding: 6px 12px; border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @text; border-bottom-color: @accent; }
QTabBar::tab:hover { color: @text; }
QTabWidget::pane { border: none; border-top: 1px solid @border; }
QTableView, QTreeView, QListView { background: @surface; alternate-background-color: @window; border: none;
  gridline-color: @border; selection-background-color: @accent; selection-color: @onaccent; }
QTableView::item, QTreeView::item, QListView::item { padding: 2px 6px; }
QHeaderView { background: @window; }
QHeaderView::section { background: @window; color: @muted; border: none; border-bottom: 1px solid @border;
  border-right: 1px solid @border; padding: 5px 6px; }
QTableCornerButton::section { background: @window; border: none; border-bottom: 1px solid @border; }
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox { background: @surface;
  border: 1px solid @border; border-radius: 5px; padding: 3px 6px; selection-background-color: @accent;
  selection-color: @onaccent; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
  border-color: @accent; }
QComboBox::drop-down { border: none; width: 22px; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { border: none;
    background: transparent; width: 18px; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(:/orrery/icons/chevron-up-muted.svg); width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(:/orrery/icons/chevron-down-muted.svg); width: 10px; height: 10px; }
QComboBox::down-arrow { image: url(:/orrery/icons/chevron-down-muted.svg); width: 12px; height: 12px; }
QPushButton { background: @raised; border: 1px solid @border; border-radius: 5px; padding: 5px 14px; }
QPushButton:hover { border-color: @accent; }
QPushButton:default { background: @accent; color: @onaccent; border-color: @accent; }
QPushButton:disabled { color: @muted; }
QProgressBar { background: @surface; border: 1px solid @border; border-radius: 4px; text-align: center; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: @border; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 26px; }
QScrollBar::handle:horizontal { min-width: 26px; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: @border; }
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: 4px 6px; }
)");
    const std::pair<const char*, Role> words[] = {
        {"@onaccent", Role::TextOnAccent}, {"@window", Role::Window}, {"@surface", Role::Surface},
        {"@raised", Role::SurfaceRaised},  {"@border", Role::Border}, {"@text", Role::Text},
        {"@muted", Role::TextMuted},       {"@accent", Role::Accent},
    };
    for (auto [word, role] : words)
        sheet.replace(QLatin1String(word), color(role).name());
    return sheet;
}

} // namespace orrery::theme
