// SPDX-License-Identifier: Apache-2.0
#include "views/panels/what_if_curve.h"

#include "engine/base/text.h"
#include "views/memory/peak_plot.h"
#include "views/panels/debug_words.h"

#include <QCoreApplication>

#include <algorithm>

namespace orrery::panels {
namespace {

constexpr double machineShare = 0.8; // of its memory, that a run may be expected to need

QString tr(const char* text) { return QCoreApplication::translate("WhatIf", text); }

} // namespace

WhatIfCurve::WhatIfCurve(WhatIfQuestion question)
    : m_question(std::move(question))
    , m_points(m_question.points.size())
    , m_measured(m_question.points.size(), -1)
{}

void WhatIfCurve::setPoint(int index, Point point)
{
    if (index >= 0 && index < count())
        m_points[std::size_t(index)] = std::move(point);
}

void WhatIfCurve::setMeasured(std::size_t index, std::int64_t bytes)
{
    if (index < m_measured.size())
        m_measured[index] = bytes;
}

void WhatIfCurve::clearMeasured() { m_measured.assign(m_points.size(), -1); }

const protocol::PredictedPoint* WhatIfCurve::point(int index) const
{
    const bool isThere = index >= 0 && index < count() && m_points[std::size_t(index)];
    return isThere ? &m_points[std::size_t(index)]->predicted : nullptr;
}

std::shared_ptr<const graph::Graph> WhatIfCurve::graph(int index) const
{
    return point(index) != nullptr ? m_points[std::size_t(index)]->graph : nullptr;
}

document::WhatIfInputs WhatIfCurve::inputs(int index) const
{
    const protocol::PredictedPoint* given = point(index);
    return {m_question.points[std::size_t(index)],
            given ? given->inputShapes : std::map<std::string, graph::Dims>(), m_question.shapesAre};
}

std::vector<document::WhatIfInputs> WhatIfCurve::allInputs() const
{
    std::vector<document::WhatIfInputs> all;
    for (int i = 0; i < count(); ++i)
        all.push_back(inputs(i));
    return all;
}

int WhatIfCurve::best(std::int64_t wantedNumber) const
{
    int found = -1;
    for (int i = 0; i < count(); ++i) {
        const protocol::PredictedPoint* given = point(i);
        if (given == nullptr || given->error)
            continue;
        if (m_question.numbers[std::size_t(i)] == wantedNumber)
            return i;
        if (found < 0 || given->peak.liveBytes >= point(found)->peak.liveBytes)
            found = i;
    }
    return found;
}

WhatIfCurve::Runs WhatIfCurve::runs(std::int64_t machineBytes) const
{
    Runs result;
    for (int i = 0; i < count(); ++i) {
        const protocol::PredictedPoint* given = point(i);
        if (given == nullptr || given->error)
            continue;
        const double needed = double(given->peak.liveBytes) + double(given->peak.weightBytes);
        if (machineBytes > 0 && needed > machineShare * double(machineBytes)) {
            result.refused << tr("%1 was not run: it needs most of this machine's memory").arg(text(i));
            continue;
        }
        result.points.push_back(std::size_t(i));
        result.inputs.push_back(inputs(i));
    }
    return result;
}

QString WhatIfCurve::dim() const { return QString::fromStdString(displayText(m_question.dim, 60)); }

QString WhatIfCurve::text(int index) const
{
    return QString("%1 = %2").arg(dim()).arg(m_question.numbers[std::size_t(index)]);
}

std::vector<memory::PeakPoint> WhatIfCurve::picture() const
{
    std::vector<memory::PeakPoint> result;
    for (int i = 0; i < count(); ++i) {
        const protocol::PredictedPoint* given = point(i);
        if (given == nullptr)
            continue;
        memory::PeakPoint shown;
        shown.number = m_question.numbers[std::size_t(i)];
        shown.measuredBytes = m_measured[std::size_t(i)];
        if (given->error) {
            shown.error = QString::fromStdString(displayText(given->error->text(), 400));
        } else {
            const plan::PeakPrediction& peak = given->peak;
            shown.inputBytes = std::min(peak.inputBytes, peak.liveBytes);
            shown.workspaceBytes = std::min(peak.workspaceBytes, peak.liveBytes - shown.inputBytes);
            shown.activationBytes = peak.liveBytes - shown.inputBytes - shown.workspaceBytes;
            shown.at = nodeText(*graph(i), peak.node);
        }
        result.push_back(std::move(shown));
    }
    return result;
}

std::int64_t WhatIfCurve::weightBytes() const
{
    std::int64_t most = 0;
    for (const Point& given : m_points)
        if (given && !given->predicted.error)
            most = std::max(most, given->predicted.peak.weightBytes);
    return most;
}

QString WhatIfCurve::predictedText() const
{
    const auto failed = std::count_if(m_points.begin(), m_points.end(),
                                      [](const Point& given) { return given && given->predicted.error; });
    return failed > 0 ? tr("No prediction for %1 of %2").arg(failed).arg(count())
                      : tr("Predicted from shapes; nothing was run");
}

QString WhatIfCurve::measuredText() const
{
    double worst = -1;
    QString text;
    for (int i = 0; i < count(); ++i) {
        const std::int64_t measured = m_measured[std::size_t(i)];
        const protocol::PredictedPoint* given = point(i);
        if (measured <= 0 || given == nullptr || given->error)
            continue;
        const double off = std::abs(double(given->peak.liveBytes) / double(measured) - 1);
        if (off > worst) {
            worst = off;
            text = memory::offText(given->peak.liveBytes, measured);
        }
    }
    return text.isEmpty() ? QString() : tr("The prediction is off the runs by %1 at most").arg(text);
}

} // namespace orrery::panels
