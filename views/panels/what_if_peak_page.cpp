// SPDX-License-Identifier: Apache-2.0
#include "views/panels/what_if_peak_page.h"

#include "engine/base/text.h"
#include "views/memory/byte_scale.h"
#include "views/panels/debug_words.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

namespace orrery::panels {
namespace {

using memory::bytesText;

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 200)); }

} // namespace

WhatIfPeakPage::WhatIfPeakPage(const theme::Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_model(models::liveColumns(), [](const models::LiveRow& row) { return row.place; })
    , m_table(new TableView(this))
    , m_title(plainLabel({}, this))
    , m_op(new QPushButton(this))
    , m_note(plainLabel({}, this))
{
    m_table->setObjectName("whatIfLive");
    m_table->setRowModel(&m_model);
    m_table->sortByColumn(1, Qt::DescendingOrder);
    m_op->setObjectName("whatIfOp");
    m_op->setFlat(true);
    m_op->setCursor(Qt::PointingHandCursor);
    m_op->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    m_note->setObjectName("whatIfNote");
    m_note->setWordWrap(true);
    m_note->setContentsMargins(8, 4, 8, 4);
    auto* titleRow = new QHBoxLayout;
    titleRow->setContentsMargins(8, 3, 8, 3);
    titleRow->setSpacing(4);
    titleRow->addWidget(m_title);
    titleRow->addWidget(m_op);
    titleRow->addStretch(1);
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(titleRow);
    column->addWidget(m_table, 1);
    column->addWidget(m_note);
    m_stack = new ContentOrEmpty(content, this);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_stack);
    connect(m_op, &QPushButton::clicked, this, [this] { emit nodeChosen(m_node); });
    connect(m_table, &TableView::rowChosen, this, [this](int row) {
        const plan::LiveAtPeak& live = m_live[std::size_t(m_model.row(row).place)];
        if (live.producer.valid())
            emit nodeChosen(live.producer);
        else
            emit valueChosen(live.value);
    });
    show({}, nullptr, nullptr);
    setTheme(theme);
}

void WhatIfPeakPage::setTheme(const theme::Theme& theme)
{
    m_table->setTheme(theme);
    m_stack->setTheme(theme);
    for (QLabel* label : {m_title, m_note}) {
        label->setFont(theme.font(theme::FontRole::Small));
        setColor(label, theme.color(theme::Role::TextMuted));
    }
    m_op->setFont(theme.font(theme::FontRole::Small));
    // A link: what is pressed is a name in a sentence.
    m_op->setStyleSheet(QString("QPushButton { border: none; background: transparent; padding: 1px 2px;"
                                " color: %1; text-align: left; } QPushButton:focus, QPushButton:hover {"
                                " text-decoration: underline; }")
                            .arg(theme.color(theme::Role::Accent).name()));
}

void WhatIfPeakPage::showError(const QString& point, const QString& text)
{
    m_live.clear();
    m_model.setRows({});
    m_stack->showEmpty(tr("No prediction for %1").arg(point), text);
}

void WhatIfPeakPage::show(const QString& point, const plan::PeakPrediction* peak,
                          std::shared_ptr<const graph::Graph> graph)
{
    m_graph = std::move(graph);
    m_live.clear();
    m_node = {};
    std::vector<models::LiveRow> rows;
    if (peak == nullptr || m_graph == nullptr) {
        m_model.setRows({});
        m_stack->showEmpty(tr("Nothing is chosen"), tr("Click a point of the curve, or use the arrow keys."));
        return;
    }
    m_live = peak->live;
    m_node = peak->node;
    const auto& outputs = m_graph->main().outputs;
    for (std::size_t i = 0; i < m_live.size(); ++i) {
        const plan::LiveAtPeak& live = m_live[i];
        models::LiveRow row;
        row.place = i;
        const bool isWorkspace = live.kind == plan::LiveKind::Workspace;
        row.value = m_graph->contains(live.value) ? shown(m_graph->value(live.value).name)
                    : isWorkspace                 ? tr("work space")
                                                  : tr("(of another graph)");
        row.producer = live.producer.valid() ? nodeText(*m_graph, live.producer) : tr("input of the run");
        const bool isOutput = std::find(outputs.begin(), outputs.end(), live.value) != outputs.end();
        row.nextReader = live.nextReader.valid() ? nodeText(*m_graph, live.nextReader)
                         : isWorkspace           ? tr("itself")
                         : isOutput              ? tr("output of the run")
                                                 : tr("nobody");
        row.bytes = live.bytes;
        row.share = m_live.front().bytes > 0 ? double(live.bytes) / double(m_live.front().bytes) : 0;
        rows.push_back(std::move(row));
    }
    m_model.setRows(std::move(rows));
    m_title->setText(tr("%1: %2 in %3, arena %4; fullest at")
                         .arg(point, bytesText(peak->liveBytes),
                              m_live.size() == 1 ? tr("one buffer") : tr("%1 buffers").arg(m_live.size()),
                              bytesText(peak->arenaBytes)));
    const bool isNode = m_graph->contains(m_node);
    QString op = isNode ? nodeText(*m_graph, m_node) : tr("the inputs");
    op = m_op->fontMetrics().elidedText(op, Qt::ElideMiddle, 260);
    m_op->setText(QString(op).replace('&', "&&"));
    m_op->setEnabled(isNode);
    m_op->setToolTip(isNode ? tr("Show it on the graph") : QString());
    m_note->setVisible(!peak->unplanned.empty());
    if (!peak->unplanned.empty()) {
        const ValueId first = peak->unplanned.front();
        const QString name = m_graph->contains(first) ? shown(m_graph->value(first).name) : QString();
        m_note->setText(peak->unplanned.size() == 1
                            ? tr("One value is not counted: the shape of “%1” follows from data, or changes "
                                 "in a loop.")
                                  .arg(name)
                            : tr("%1 values are not counted: their shapes follow from data, or change in a "
                                 "loop. The first is “%2”.")
                                  .arg(peak->unplanned.size())
                                  .arg(name));
    }
    m_stack->showContent();
}

} // namespace orrery::panels
