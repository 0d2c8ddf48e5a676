#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// PropertySheet: headings, sections and key–value rows one below the other, made once and replaced as a
// whole. Values can be selected and copied; links are buttons that look like links. All text is plain. What
// can be changed is a FormSheet.

#include "views/theme/theme.h"

#include <QWidget>

#include <functional>
#include <vector>

class QGridLayout;
class QVBoxLayout;

namespace orrery::panels {

class PropertySheet : public QWidget {
public:
    PropertySheet(const theme::Theme& theme, QWidget* parent);

    // A strip of colour, a title and a line below it.
    void heading(const QString& title, const QString& subtitle, const QColor& color);
    void section(const QString& title);
    void row(const QString& key, const QString& value, const QString& toolTip = {});
    // A second line below the last row's value.
    void note(const QString& text);
    void link(const QString& key, const QString& text, const QString& toolTip, std::function<void()> follow);
    // Long text, its first lines only until the user asks for more.
    void paragraph(const QString& text);
    void finish(); // nothing follows

protected:
    const theme::Theme& theme() const { return m_theme; }
    // A widget behind the key, small ones to its right.
    void widgetRow(const QString& key, const QString& toolTip, QWidget* field,
                   const std::vector<QWidget*>& trailing = {});
    // Over the whole width.
    void widgetLine(QWidget* widget);

private:
    void addKey(const QString& key, const QString& toolTip);
    QWidget* valueLabel(const QString& text, const QString& toolTip);

    const theme::Theme& m_theme;
    QVBoxLayout* m_column;
    QGridLayout* m_grid = nullptr; // of the current section
    int m_row = 0;
};

} // namespace orrery::panels
