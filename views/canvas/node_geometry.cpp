// SPDX-License-Identifier: Apache-2.0
#include "views/canvas/node_geometry.h"

#include <QString>

#include <algorithm>
#include <cmath>

namespace orrery::canvas {

TextMeasure::TextMeasure(const QFont& font)
    : m_metrics(font)
{
    for (int c = 0; c < 128; ++c)
        m_ascii[std::size_t(c)] = c < 32 ? 0 : float(m_metrics.horizontalAdvance(QChar(c)));
}

double TextMeasure::width(std::string_view utf8)
{
    double sum = 0;
    for (std::size_t i = 0; i < utf8.size();) {
        const auto byte = static_cast<unsigned char>(utf8[i]);
        if (byte < 128) {
            sum += m_ascii[byte];
            ++i;
            continue;
        }
        const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
        const std::string_view character = utf8.substr(i, length);
        char32_t code = 0;
        for (char c : character)
            code = (code << 8) | static_cast<unsigned char>(c);
        auto [found, isNew] = m_other.try_emplace(code, 0.0f);
        if (isNew)
            found->second = float(m_metrics.horizontalAdvance(
                QString::fromUtf8(character.data(), qsizetype(character.size()))));
        sum += found->second;
        i += length;
    }
    return sum;
}

NodeGeometry::NodeGeometry(const theme::Theme& theme)
    : m_title(theme.font(theme::FontRole::NodeTitle))
    , m_text(theme.font(theme::FontRole::NodeText))
{}

QSizeF NodeGeometry::size(const DisplayNode& node, bool hasOverlay)
{
    using namespace metrics;
    double text = m_title.width(node.title);
    const double title = text;
    if (node.kind == NodeKind::Stub)
        return {std::clamp(std::ceil(m_text.width(node.title) + 26), 36.0, 160.0), stubHeight};
    for (const std::string& line : node.lines)
        text = std::max(text, m_text.width(line));
    const bool isPill = node.kind == NodeKind::GraphInput || node.kind == NodeKind::GraphOutput;
    if (isPill || node.kind == NodeKind::Constant) {
        const double height = (isPill ? pillHeight : 22) + lineHeight * double(node.lines.size()) +
                              (node.lines.empty() ? 0 : 3);
        return {std::clamp(std::ceil(text + 2 * sidePadding + (isPill ? 12 : 0)), 44.0, maxWidth), height};
    }
    // A long name is worth less width than a long attribute.
    text = std::max(text, std::min(m_text.width(node.subtitle), 170.0));
    const double rows = double(node.lines.size()) + (node.subtitle.empty() ? 0 : 1);
    double height = headerHeight + (rows > 0 ? rows * lineHeight + 2 * bodyPadding : 0);
    if (hasOverlay)
        height += overlayHeight;
    if (node.kind == NodeKind::Group)
        text = std::max(text, title + 18); // the expander
    if (node.badge != Badge::None)
        text = std::max(text, title + 18);
    return {std::clamp(std::ceil(text + 2 * sidePadding), hasOverlay ? 132.0 : minWidth, maxWidth), height};
}

double NodeGeometry::groupTitleWidth(const DisplayGroup& group)
{
    return std::min(420.0, m_title.width(group.title) + 2 * metrics::sidePadding + 24);
}

} // namespace orrery::canvas
