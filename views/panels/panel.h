#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Panel: one part of the window. It gets the Document in its constructor, watches it and its Focus, and says
// what is missing when it has nothing to show. PanelSpec is how the window makes it: the central area or a
// dock. The registry is generated from this folder's CMake list. Text from files goes through displayText()
// and is never taken for markup.

#include "views/document/document.h"
#include "views/theme/theme.h"

#include <QString>
#include <QWidget>

#include <string_view>
#include <vector>

namespace orrery::panels {

class Panel : public QWidget {
    Q_OBJECT

public:
    Panel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : QWidget(parent)
        , m_document(document)
        , m_theme(theme)
    {}

    void setTheme(const theme::Theme& theme)
    {
        m_theme = theme;
        themeChanged();
    }
    // No work of its own is under way: what is shown is what there is to show.
    virtual bool isIdle() const { return true; }

protected:
    virtual void themeChanged() = 0;
    document::Document& document() const { return m_document; }
    document::Focus& focus() const { return m_document.focus(); }
    const theme::Theme& theme() const { return m_theme; }

private:
    document::Document& m_document;
    theme::Theme m_theme;
};

enum class Area : std::uint8_t { Center, Right, Bottom };

struct PanelSpec {
    std::string_view id; // "hotspots", as on the command line
    std::string_view title;
    std::string_view toolTip;
    Area area = Area::Right;
    Panel* (*make)(document::Document&, const theme::Theme&, QWidget* parent) = nullptr;
};

std::vector<PanelSpec> panelSpecs(); // generated

} // namespace orrery::panels
