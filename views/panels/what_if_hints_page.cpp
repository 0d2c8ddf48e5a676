// SPDX-License-Identifier: Apache-2.0
#include "views/panels/what_if_hints_page.h"

#include "engine/base/text.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

using models::HintRow;
using passes::PlanHints;

QString tr(const char* text) { return WhatIfHintsPage::tr(text); }

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 200)); }

QString names(const std::vector<std::string>& list)
{
    constexpr std::size_t most = 8;
    QStringList texts;
    for (std::size_t i = 0; i < list.size() && i < most; ++i)
        texts << QString("“%1”").arg(shown(list[i]));
    if (list.size() > most)
        texts << tr("and %1 more").arg(list.size() - most);
    return texts.join(", ");
}

// In the order in which remove() counts.
std::vector<HintRow> rowsOf(const PlanHints& hints)
{
    std::vector<HintRow> rows;
    const auto add = [&](const QString& kind, const QString& text) {
        rows.push_back({rows.size(), kind, text});
    };
    for (const passes::RecomputeHint& hint : hints.recompute)
        add(tr("compute again"), tr("“%1” for %2").arg(shown(hint.value), names(hint.readers)));
    for (const passes::HoldHint& hint : hints.hold) {
        const auto type = graph::name(hint.type);
        add(tr("hold narrower"),
            tr("“%1” as %2 for %3")
                .arg(shown(hint.value), QString::fromUtf8(type.data(), qsizetype(type.size())),
                     names(hint.readers)));
    }
    for (const passes::ChunkHint& hint : hints.chunk)
        add(tr("slice by slice"),
            tr("%1 in %2 parts along axis %3").arg(names(hint.nodes)).arg(hint.parts).arg(hint.axis));
    if (!hints.order.empty())
        add(tr("order"), names(hints.order));
    for (const std::string& concat : hints.joinInPlace)
        add(tr("join in place"), QString("“%1”").arg(shown(concat)));
    for (const passes::KeepApartHint& hint : hints.keepApart)
        add(tr("keep apart"), tr("%1 from %2").arg(names(hint.nodes), shown(hint.pass)));
    for (const passes::ThreadsHint& hint : hints.threads)
        add(tr("threads"), tr("“%1” on %2 at most").arg(shown(hint.node)).arg(hint.threads));
    for (const passes::KernelHint& hint : hints.kernel)
        add(tr("kernel"), tr("“%1” by %2").arg(shown(hint.node), shown(hint.kernel)));
    for (const std::string& node : hints.outOfPlace)
        add(tr("out of place"), QString("“%1”").arg(shown(node)));
    return rows;
}

template<class T>
bool removeAt(std::vector<T>& list, std::size_t& place)
{
    if (place < list.size()) {
        list.erase(list.begin() + std::ptrdiff_t(place));
        return true;
    }
    place -= list.size();
    return false;
}

void removeHint(PlanHints& hints, std::size_t place)
{
    if (removeAt(hints.recompute, place) || removeAt(hints.hold, place) || removeAt(hints.chunk, place))
        return;
    if (!hints.order.empty() && place-- == 0)
        return hints.order.clear();
    if (removeAt(hints.joinInPlace, place) || removeAt(hints.keepApart, place) ||
        removeAt(hints.threads, place) || removeAt(hints.kernel, place))
        return;
    removeAt(hints.outOfPlace, place);
}

} // namespace

std::size_t hintCount(const PlanHints& hints) { return rowsOf(hints).size(); }

WhatIfHintsPage::WhatIfHintsPage(const theme::Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_model(models::hintColumns(), [](const HintRow& row) { return row.place; })
    , m_table(new TableView(this))
    , m_remove(new QPushButton(tr("Remove"), this))
    , m_clear(new QPushButton(tr("Remove all"), this))
    , m_text(plainLabel(tr("In force for the compute graph and for runs; kept beside the model."), this))
{
    m_table->setObjectName("whatIfHints");
    m_table->setRowModel(&m_model);
    m_table->setSortingEnabled(false);
    m_remove->setObjectName("whatIfRemove");
    m_remove->setToolTip(tr("Take back the hint that is chosen (Delete)"));
    m_clear->setObjectName("whatIfClear");
    m_clear->setToolTip(tr("Take back all hints"));
    auto* buttons = new QHBoxLayout;
    buttons->setContentsMargins(8, 6, 8, 6);
    buttons->setSpacing(6);
    buttons->addWidget(m_remove);
    buttons->addWidget(m_clear);
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    buttons->addSpacing(6);
    buttons->addWidget(m_text, 1);
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(buttons);
    column->addWidget(m_table, 1);
    m_stack = new ContentOrEmpty(content, this);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_stack);
    connect(m_remove, &QPushButton::clicked, this, &WhatIfHintsPage::removeChosen);
    connect(m_clear, &QPushButton::clicked, this, [this] { emit hintsChanged({}); });
    connect(m_table, &TableView::rowChosen, this, [this] { update(); });
    setTheme(theme);
    update();
}

void WhatIfHintsPage::setTheme(const theme::Theme& theme)
{
    m_table->setTheme(theme);
    m_stack->setTheme(theme);
    m_text->setFont(theme.font(theme::FontRole::Small));
    setColor(m_text, theme.color(theme::Role::TextMuted));
}

void WhatIfHintsPage::setHints(const PlanHints& hints)
{
    m_hints = hints;
    m_model.setRows(rowsOf(hints));
    m_table->showRow(m_model.rowCount() > 0 ? 0 : -1);
    update();
}

void WhatIfHintsPage::setCanChange(bool canChange)
{
    m_canChange = canChange;
    update();
}

void WhatIfHintsPage::removeChosen()
{
    const int row = m_table->currentIndex().row();
    if (!m_canChange || row < 0 || row >= m_model.rowCount())
        return;
    PlanHints left = m_hints;
    removeHint(left, std::size_t(m_model.row(row).place));
    emit hintsChanged(left);
}

void WhatIfHintsPage::update()
{
    m_remove->setEnabled(m_canChange && m_table->currentIndex().isValid());
    m_clear->setEnabled(m_canChange);
    if (m_model.totalRows() > 0)
        m_stack->showContent();
    else
        m_stack->showEmpty(
            tr("No hints are in force"),
            tr("A suggestion that is applied, and what is chosen for a node of the compute graph, "
               "stays here until it is taken back."));
}

void WhatIfHintsPage::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Delete)
        return removeChosen();
    QWidget::keyPressEvent(event);
}

} // namespace orrery::panels
