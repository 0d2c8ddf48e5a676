// SPDX-License-Identifier: Apache-2.0
#include "views/theme/theme.h"

#include <QApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <cmath>

// Resources of a static library are linked in only where they are asked for, outside of any namespace.
static void linkResources() { Q_INIT_RESOURCE(orrery_theme); }

namespace orrery::theme {
namespace {

constexpr const char* roleNames[] = {
    "window",           "surface",        "surface-raised", "border",      "text",         "text-muted",
    "accent",           "text-on-accent", "selection",      "highlight",   "current",      "canvas",
    "canvas-dots",      "node-fill",      "node-border",    "node-shadow", "node-text",    "node-text-muted",
    "node-header-text", "edge",           "edge-label",     "back-edge",   "control-edge", "group-fill",
    "group-border",     "group-text",     "stub-fill",      "stub-border", "info",         "success",
    "warning",          "error",          "not-a-number",   "infinite",    "not-measured",
};
static_assert(std::size(roleNames) == roleCount);

// "#rrggbb" or "#rrggbbaa".
QColor parseColor(const QJsonValue& value)
{
    const QString text = value.toString();
    if ((text.size() != 7 && text.size() != 9) || !text.startsWith('#'))
        return {};
    bool good = false;
    const uint rgb = text.mid(1, 6).toUInt(&good, 16);
    if (!good)
        return {};
    QColor color = QColor::fromRgb(rgb);
    if (text.size() == 9) {
        color.setAlpha(text.mid(7).toInt(&good, 16));
        if (!good)
            return {};
    }
    return color;
}

double luminance(const QColor& color)
{
    auto linear = [](double channel) {
        return channel <= 0.03928 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

// Of equally spaced stops, 0 to 1, clamped.
QColor between(const std::vector<QColor>& stops, double at)
{
    const double place = std::clamp(std::isfinite(at) ? at : 0.0, 0.0, 1.0) * double(stops.size() - 1);
    const auto low = std::min(std::size_t(place), stops.size() - 2);
    const double part = place - double(low);
    const QColor &a = stops[low], &b = stops[low + 1];
    auto mix = [part](float x, float y) { return float(x + (y - x) * part); };
    return QColor::fromRgbF(mix(a.redF(), b.redF()), mix(a.greenF(), b.greenF()), mix(a.blueF(), b.blueF()));
}

} // namespace

Result<Theme> Theme::load(Mode mode)
{
    linkResources();
    const QString path = mode == Mode::Dark ? QStringLiteral(":/orrery/themes/dark.json")
                                            : QStringLiteral(":/orrery/themes/light.json");
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorCode::Internal, "the theme is not built into this program", path.toStdString()};
    auto theme = TRY(fromJson(file.readAll(), path));
    theme.m_mode = mode;
    return theme;
}

Result<Theme> Theme::fromJson(const QByteArray& json, const QString& where)
{
    auto bad = [&](const QString& what) {
        return Error{ErrorCode::BadFile, what.toStdString(), where.toStdString()};
    };
    QJsonParseError parseError;
    const QJsonDocument document = QJsonDocument::fromJson(json, &parseError);
    if (!document.isObject())
        return bad("expected a JSON object: " + parseError.errorString());
    const QJsonObject root = document.object();
    Theme theme;
    theme.m_mode = root["name"].toString() == "dark" ? Mode::Dark : Mode::Light;
    const QJsonObject colors = root["colors"].toObject();
    for (std::size_t i = 0; i < roleCount; ++i) {
        theme.m_colors[i] = parseColor(colors[QLatin1String(roleNames[i])]);
        if (!theme.m_colors[i].isValid())
            return bad(QString("expected a colour \"#rrggbb\" for the role \"%1\"").arg(roleNames[i]));
    }
    const QJsonObject categories = root["categories"].toObject();
    for (std::size_t i = 0; i < opCategoryCount; ++i) {
        const auto key = theme::name(OpCategory(i));
        theme.m_categories[i] = parseColor(categories[QLatin1String(key.data(), qsizetype(key.size()))]);
        if (!theme.m_categories[i].isValid())
            return bad(QString("expected a colour \"#rrggbb\" for the category \"%1\"").arg(key.data()));
    }
    for (auto [key, into] : {std::pair("heat", &theme.m_heat), std::pair("diverging", &theme.m_diverging),
                             std::pair("series", &theme.m_series)}) {
        for (const QJsonValue& value : root[QLatin1String(key)].toArray()) {
            into->push_back(parseColor(value));
            if (!into->back().isValid())
                return bad(QString("expected colours \"#rrggbb\" in \"%1\"").arg(key));
        }
        if (into->size() < 2)
            return bad(QString("expected at least two colours in \"%1\"").arg(key));
    }
    return theme;
}

QFont Theme::font(FontRole role) const
{
    QFont font;
    font.setFamilies({"Inter", "Noto Sans", "Cantarell", "DejaVu Sans", "sans-serif"});
    font.setHintingPreference(QFont::PreferNoHinting);
    font.setPixelSize(13);
    switch (role) {
    case FontRole::Body:
        break;
    case FontRole::Small:
        font.setPixelSize(11);
        break;
    case FontRole::Title:
        font.setPixelSize(15);
        font.setWeight(QFont::DemiBold);
        break;
    case FontRole::Heading:
        font.setPixelSize(20);
        font.setWeight(QFont::DemiBold);
        break;
    case FontRole::NodeTitle:
        font.setPixelSize(12);
        font.setWeight(QFont::Bold);
        break;
    case FontRole::NodeText:
        font.setPixelSize(11);
        break;
    case FontRole::EdgeLabel:
        font.setPixelSize(10);
        break;
    case FontRole::Mono:
        font.setFamilies({"JetBrains Mono", "Noto Sans Mono", "DejaVu Sans Mono", "monospace"});
        font.setPixelSize(12);
        break;
    }
    return font;
}

QColor Theme::heat(double heat) const { return between(m_heat, heat); }
QColor Theme::diverging(double part) const { return between(m_diverging, part); }

double Theme::contrast(const QColor& a, const QColor& b)
{
    const double x = luminance(a), y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

QColor Theme::textOn(const QColor& background)
{
    const QColor dark(Qt::black), light(Qt::white);
    return contrast(dark, background) >= contrast(light, background) ? dark : light;
}

} // namespace orrery::theme
