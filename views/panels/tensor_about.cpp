// SPDX-License-Identifier: Apache-2.0
#include "views/panels/tensor_about.h"

#include "views/panels/property_sheet.h"
#include "views/tensor_view/number_format.h"

#include <QBoxLayout>
#include <QCheckBox>
#include <QScrollBar>

namespace orrery::panels {
namespace {

using namespace tensor_view;

QString text(double value) { return QString::fromStdString(numberText(value, {Notation::General, 5})); }

} // namespace

TensorAbout::TensorAbout(QWidget* parent)
    : QScrollArea(parent)
    , m_theme(*theme::Theme::load(theme::Mode::Light))
{
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

void TensorAbout::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    rebuild();
}

void TensorAbout::show(const TensorFacts& facts, SubjectPointer subject)
{
    m_facts = facts;
    m_subject = std::move(subject);
    rebuild();
}

void TensorAbout::rebuild()
{
    const int scrolled = verticalScrollBar()->value();
    auto* sheet = new PropertySheet(m_theme, this);
    if (m_subject && m_subject->elements.readable())
        describeNumbers(*sheet);
    describeFlow(*sheet);
    sheet->finish();

    auto* all = new QWidget(this);
    auto* column = new QVBoxLayout(all);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    if (m_subject && !m_subject->histogram.counts.empty())
        column->addWidget(makeHistogram());
    column->addWidget(sheet);
    column->addStretch();
    setWidget(all);
    verticalScrollBar()->setValue(scrolled);
}

void TensorAbout::describeNumbers(PropertySheet& sheet)
{
    const debug::TensorStatistics& s = m_subject->statistics;
    sheet.section(tr("STATISTICS"));
    const auto element = [&](const QString& key, double value, std::int64_t place) {
        QStringList indices;
        for (std::int64_t index : debug::indexOf(m_subject->dims(), place))
            indices << QString::number(index);
        sheet.link(key, tr("%1 at [%2]").arg(text(value), indices.join(", ")), tr("Go there"),
                   [this, place] { emit elementChosen(place); });
    };
    const auto share = [&](std::int64_t count) {
        return tr("%L1 (%2 %)")
            .arg(count)
            .arg(s.elements > 0 ? 100.0 * double(count) / double(s.elements) : 0, 0, 'f', 1);
    };
    if (s.finite > 0) {
        element(tr("least"), s.min, s.minAt);
        element(tr("greatest"), s.max, s.maxAt);
        sheet.row(tr("mean"), text(s.mean));
        sheet.row(tr("std"), text(s.std));
        sheet.row(tr("L2 norm"), text(s.l2));
    }
    sheet.row(tr("zeros"), share(s.zeros));
    if (s.nans > 0)
        sheet.link(tr("NaN"), share(s.nans), tr("Go to the first"),
                   [this, to = s.firstNan] { emit elementChosen(to); });
    if (s.infinities > 0)
        sheet.link(tr("infinite"), share(s.infinities), tr("Go to the first"),
                   [this, to = s.firstInfinity] { emit elementChosen(to); });
    if (s.finite == s.elements && s.elements > 0)
        sheet.row(tr("finite"), tr("all"));
}

void TensorAbout::describeFlow(PropertySheet& sheet)
{
    const auto jump = [&](const QString& key, const TensorJump& to) {
        if (to.node.valid())
            sheet.link(key, to.text, tr("Select this node"),
                       [this, node = to.node] { emit nodeChosen(node); });
        else
            sheet.row(key, to.text);
    };
    sheet.section(tr("FLOW"));
    if (m_facts.writer)
        jump(tr("written by"), *m_facts.writer);
    else
        sheet.row(tr("written by"), tr("no node: it comes from outside"));
    for (std::size_t i = 0; i < m_facts.readers.size(); ++i)
        jump(i == 0 ? tr("read by") : QString(), m_facts.readers[i]);
    if (m_facts.readers.empty())
        sheet.row(tr("read by"), tr("no node"));
    if (m_facts.dims.empty())
        return;
    sheet.section(tr("WHERE THE SHAPE COMES FROM"));
    for (const auto& [axis, origin] : m_facts.dims)
        jump(axis, origin);
}

QWidget* TensorAbout::makeHistogram()
{
    auto* box = new QWidget(this);
    auto* rows = new QVBoxLayout(box);
    rows->setContentsMargins(12, 10, 12, 0);
    rows->setSpacing(2);
    auto* plot = new HistogramPlot(box);
    plot->setTheme(m_theme);
    plot->setSubject(m_subject);
    plot->setCounts(m_counts);
    auto* logarithmic = new QCheckBox(tr("Logarithmic counts"), box);
    logarithmic->setChecked(m_counts == HistogramPlot::Counts::Logarithmic);
    connect(logarithmic, &QCheckBox::toggled, plot, [this, plot](bool on) {
        m_counts = on ? HistogramPlot::Counts::Logarithmic : HistogramPlot::Counts::Linear;
        plot->setCounts(m_counts);
    });
    rows->addWidget(plot);
    rows->addWidget(logarithmic);
    return box;
}

} // namespace orrery::panels
