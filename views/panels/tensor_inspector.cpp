// SPDX-License-Identifier: Apache-2.0
#include "views/panels/tensor_inspector.h"

#include "views/models/tables.h"
#include "views/panels/tensor_facts.h"
#include "views/projections/node_text.h"

#include <QDockWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace orrery::panels {
namespace {

using document::DebugController;

constexpr std::size_t mostComparable = 200;

} // namespace

TensorInspector::TensorInspector(document::Document& document, const theme::Theme& theme, QWidget* parent)
    : Panel(document, theme, parent)
    , m_selector(new ValueSelector(document, this))
    , m_bar(new QTabBar(this))
    , m_pages(new QStackedWidget(this))
{
    m_bar->setExpanding(false);
    m_bar->setTabsClosable(true);
    m_bar->setDrawBase(false);
    m_bar->setElideMode(Qt::ElideMiddle);
    m_bar->setUsesScrollButtons(true);
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* top = new QVBoxLayout;
    top->setContentsMargins(8, 8, 8, 0);
    top->addWidget(m_selector);
    column->addWidget(m_bar);
    column->addLayout(top);
    column->addWidget(m_pages, 1);
    m_stack = new ContentOrEmpty(content, this);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_stack);
    addTab(ValueId());
    m_tabs[0].page->hideName(); // the selector says it

    connect(m_selector, &ValueSelector::chosen, this, [this](ValueId value) {
        m_isChosen = true;
        choose(value);
    });
    connect(m_bar, &QTabBar::currentChanged, this, [this](int at) {
        if (at >= 0)
            showTab(std::size_t(at));
    });
    connect(m_bar, &QTabBar::tabCloseRequested, this, [this](int at) { closeTab(std::size_t(at)); });
    connect(&focus(), &document::Focus::currentChanged, this, &TensorInspector::onFocus);
    connect(&focus(), &document::Focus::inspectRequested, this, &TensorInspector::inspect);
    connect(&this->document(), &document::Document::contentChanged, this, &TensorInspector::onContent);
    connect(&this->document(), &document::Document::graphsChanged, this, &TensorInspector::onFocus);
    DebugController& debugger = this->document().debugger();
    connect(&debugger, &DebugController::sessionChanged, this, &TensorInspector::onSession);
    connect(&debugger, &DebugController::phaseChanged, this, &TensorInspector::onState);
    connect(&debugger, &DebugController::stateChanged, this, &TensorInspector::onState);
    connect(&debugger, &DebugController::watchesChanged, this,
            [this] { m_selector->offer(m_tabs[0].value); });
    connect(&debugger, &DebugController::tensorReady, this,
            [this](ValueId value, const std::shared_ptr<const session::CapturedTensor>& captured) {
                onTensor(value, *captured);
            });
    connect(&debugger, &DebugController::tensorMissing, this, &TensorInspector::onMissing);
    themeChanged();
    onSession();
}

void TensorInspector::themeChanged()
{
    m_stack->setTheme(theme());
    m_bar->setFont(theme().font(theme::FontRole::Small));
    for (Tab& tab : m_tabs)
        tab.page->setTheme(theme());
}

void TensorInspector::onFocus()
{
    const auto values = m_selector->ofFocus();
    m_selector->offer(m_tabs[0].value);
    m_isChosen = false;
    if (values.empty() || std::find(values.begin(), values.end(), m_tabs[0].value) == values.end())
        choose(values.empty() ? ValueId() : m_selector->best(values));
}

void TensorInspector::onContent()
{
    while (m_tabs.size() > 1)
        closeTab(m_tabs.size() - 1);
    onSession();
}

// Another graph, or the same one after an edit, which keeps all ids.
void TensorInspector::onSession()
{
    const bool wasActive = std::exchange(m_wasActive, document().debugger().active());
    if (wasActive && m_wasActive)
        return onState();
    for (std::size_t i = m_tabs.size(); i-- > 1;)
        if (!m_tabs[i].isPinned)
            closeTab(i);
    ++m_stamp;
    m_tabs[0].value = ValueId();
    m_tabs[0].isAsked = false;
    onFocus();
    refresh();
}

void TensorInspector::onState()
{
    ++m_stamp;
    for (Tab& tab : m_tabs)
        tab.isRecomputed = false;
    const auto values = m_selector->ofFocus();
    if (!focus().current().valid() && !m_isChosen && !values.empty() &&
        std::find(values.begin(), values.end(), m_tabs[0].value) == values.end())
        m_tabs[0].value = m_selector->best(values);
    m_selector->offer(m_tabs[0].value);
    refresh();
}

void TensorInspector::inspect(ValueId value)
{
    if (auto* dock = qobject_cast<QDockWidget*>(parentWidget())) {
        dock->show();
        dock->raise();
    }
    m_bar->setCurrentIndex(0);
    m_isChosen = true;
    choose(value);
}

void TensorInspector::showEvent(QShowEvent* event)
{
    Panel::showEvent(event);
    refresh();
}

void TensorInspector::choose(ValueId value)
{
    m_tabs[0].value = value;
    m_tabs[0].shownAt = ~std::uint64_t(0);
    m_tabs[0].isAsked = m_tabs[0].isRecomputed = false;
    m_selector->offer(m_tabs[0].value);
    updateTabTitles();
    refresh();
}

void TensorInspector::refresh()
{
    Tab& tab = m_tabs[m_shown];
    updateComparable();
    const auto graph = this->graph();
    if (!tab.isPinned && (!graph || !graph->contains(tab.value))) {
        if (document().content() == document::Content::Nothing)
            m_stack->showEmpty(tr("No tensor to show"),
                               tr("Open a model, then select a node to see its weights; start "
                                  "debugging with F10 to see what flows through it."));
        else
            m_stack->showEmpty(tr("Select a node"),
                               tr("Its inputs, outputs and weights can be looked at here."));
        return;
    }
    m_stack->showContent();
    if (tab.isPinned || tab.shownAt == m_stamp || tab.isAsked || !isVisible())
        return; // a tensor that nobody sees costs nothing
    DebugController& debugger = document().debugger();
    if (!debugger.active() || debugger.phase() == DebugController::Phase::Dead)
        return showConstantOrHint(tab);
    if (debugger.phase() != DebugController::Phase::Paused)
        return; // the next state is on its way
    tab.isAsked = true;
    debugger.requestTensor(tab.value, tab.isRecomputed ? session::Recompute::Yes : session::Recompute::No);
}

void TensorInspector::showConstantOrHint(Tab& tab)
{
    tab.shownAt = m_stamp;
    const auto graph = this->graph();
    const graph::Tensor* constant = projections::constantOf(*graph, tab.value);
    showFacts(tab, constant != nullptr ? tr("Constant of the model") : QString(), true);
    if (constant != nullptr)
        tab.page->setTensor(*constant);
    else if (document().debugger().phase() == DebugController::Phase::Dead)
        tab.page->setMissing(tr("The runner is gone"), tr("Revive the session to see what the value held."));
    else
        tab.page->setMissing(tr("Nothing has run"), tr("Start debugging with F10 to see what flows here."));
}

void TensorInspector::showFacts(Tab& tab, const QString& where, bool isAsItIsNow)
{
    const auto graph = this->graph();
    const DebugController& debugger = document().debugger();
    const bool isPaused = debugger.phase() == DebugController::Phase::Paused;
    TensorFacts facts = factsOf(*graph, tab.value);
    facts.where = where;
    facts.isAsItIsNow = isAsItIsNow;
    facts.canPin = &tab == &m_tabs[0] || !tab.isPinned;
    facts.canRunBack = isPaused && facts.writer.has_value();
    facts.canEdit = isPaused && isAsItIsNow;
    tab.page->setFacts(facts);
}

void TensorInspector::onTensor(ValueId value, const session::CapturedTensor& captured)
{
    const auto graph = this->graph();
    const auto state = document().debugger().state();
    if (!graph || !graph->contains(value) || !state)
        return;
    if (value == m_compareValue) {
        m_compareValue = ValueId();
        currentPage().comparison().setOther(valueName(*graph, value), captured.tensor);
    }
    for (Tab& tab : m_tabs) {
        if (tab.value != value || tab.isPinned)
            continue;
        const bool isWanted = tab.isAsked;
        tab.isAsked = false;
        if (!isWanted && &tab != &m_tabs[m_shown])
            continue;
        const QString written =
            captured.writtenAt ? tr(", written at %1").arg(*captured.writtenAt) : QString();
        QString where;
        bool isNow = true;
        switch (captured.availability) {
        case debug::Availability::Alive:
            where = tr("Alive at event %1").arg(state->position) + written;
            break;
        case debug::Availability::Constant:
            where = tr("Constant of the model");
            break;
        case debug::Availability::Freed:
        case debug::Availability::NotComputed:
            where = tr("Freed before event %1; computed once more").arg(state->position) + written;
            isNow = false;
            break;
        }
        tab.shownAt = m_stamp;
        showFacts(tab, where, isNow);
        tab.page->setTensor(captured.tensor);
    }
}

void TensorInspector::onMissing(ValueId value, const QString& why)
{
    const auto graph = this->graph();
    const auto state = document().debugger().state();
    if (!graph || !graph->contains(value))
        return;
    if (value == m_compareValue) {
        m_compareValue = ValueId();
        currentPage().comparison().showMessage(why);
    }
    for (Tab& tab : m_tabs) {
        if (tab.value != value || !tab.isAsked)
            continue;
        tab.isAsked = false;
        tab.shownAt = m_stamp;
        if (const graph::Tensor* constant = projections::constantOf(*graph, value)) {
            // Known beforehand, though its node has not run.
            showFacts(tab, tr("Constant of the model"), false);
            tab.page->setTensor(*constant);
            continue;
        }
        const bool wasFreed = why.contains(QLatin1String("not captured")) && !tab.isRecomputed;
        TensorFacts facts = factsOf(*graph, value);
        facts.canPin = true;
        facts.canRecompute = wasFreed;
        facts.canRunBack = wasFreed;
        facts.isAsItIsNow = false;
        facts.where =
            state && wasFreed ? tr("Not captured at event %1").arg(state->position) : tr("No tensor here");
        tab.page->setFacts(facts);
        tab.page->setMissing(
            wasFreed ? tr("Not captured at this event") : tr("Not computed yet"),
            wasFreed ? tr("The value was freed after its last reader. Recompute it, or run back to "
                          "the node that wrote it.")
                     : models::shown(why.toStdString()));
    }
}

std::size_t TensorInspector::addTab(ValueId value)
{
    Tab tab;
    tab.value = value;
    tab.page = new TensorPage(theme(), m_pages);
    TensorPage* page = tab.page;
    m_pages->addWidget(page);
    m_tabs.push_back(tab);
    const QSignalBlocker quiet(m_bar);
    m_bar->addTab({});
    if (m_tabs.size() == 1) // the one that follows the selection cannot be closed
        for (auto side : {QTabBar::LeftSide, QTabBar::RightSide})
            m_bar->setTabButton(0, side, nullptr);
    connect(page, &TensorPage::keepRequested, this, &TensorInspector::keepOpen);
    connect(page, &TensorPage::pinRequested, this, &TensorInspector::pin);
    connect(page, &TensorPage::nodeChosen, this,
            [this](NodeId node) { focus().select(steppedStage(document()), node.value); });
    connect(page, &TensorPage::recomputeRequested, this, [this] {
        Tab& shown = m_tabs[m_shown];
        shown.isRecomputed = true;
        shown.shownAt = ~std::uint64_t(0);
        shown.page->setMissing(tr("Computing it once more …"), {});
        refresh();
    });
    connect(page, &TensorPage::runBackRequested, this, [this] {
        document().debugger().go({.goal = debug::Goal::Writer,
                                  .direction = debug::Direction::Backward,
                                  .node = {},
                                  .value = m_tabs[m_shown].value});
    });
    connect(page, &TensorPage::tensorEdited, this,
            [this](const std::shared_ptr<const graph::Tensor>& tensor) {
                document().debugger().apply(debug::SetValue{m_tabs[m_shown].value, *tensor});
            });
    connect(page, &TensorPage::otherChosen, this, &TensorInspector::compareWith);
    updateTabTitles();
    return m_tabs.size() - 1;
}

void TensorInspector::updateTabTitles()
{
    const auto graph = this->graph();
    for (std::size_t i = 0; i < m_tabs.size(); ++i) {
        QString title = i == 0 ? tr("Selected") : m_tabs[i].title;
        m_bar->setTabText(int(i), title.replace('&', "&&"));
        m_bar->setTabToolTip(
            int(i),
            i == 0 ? QString() : "<qt>" + m_tabs[i].title.toHtmlEscaped() + "</qt>"); // no markup from files
    }
    m_bar->setVisible(m_tabs.size() > 1);
}

void TensorInspector::keepOpen()
{
    const auto graph = this->graph();
    const ValueId value = m_tabs[m_shown].value;
    if (!graph || !graph->contains(value))
        return;
    const std::size_t at = addTab(value);
    m_tabs[at].title = valueName(*graph, value);
    updateTabTitles();
    m_bar->setCurrentIndex(int(at));
}

void TensorInspector::pin()
{
    const auto graph = this->graph();
    const ValueId value = m_tabs[m_shown].value;
    const graph::Tensor tensor = m_tabs[m_shown].page->tensor();
    if (!graph || !graph->contains(value) || !tensor.defined())
        return;
    const std::size_t at = addTab(value);
    Tab& tab = m_tabs[at];
    tab.isPinned = true;
    tab.title = valueName(*graph, value);
    QString where = tr("Pinned");
    if (const auto state = document().debugger().state()) {
        tab.title += tr(" @ %1").arg(state->position);
        where = tr("Pinned: as it was at event %1").arg(state->position);
        if (state->branch.valid() && state->branch.value != 0) {
            tab.title += tr(", branch %1").arg(state->branch.value);
            where += tr(" of branch %1").arg(state->branch.value);
        }
    }
    TensorFacts facts = factsOf(*graph, value);
    facts.where = where;
    tab.page->setFacts(facts);
    tab.page->setTensor(tensor);
    updateTabTitles();
    updateComparable();
}

void TensorInspector::showTab(std::size_t index)
{
    m_shown = index;
    m_pages->setCurrentWidget(m_tabs[index].page);
    m_selector->setVisible(index == 0);
    refresh();
}

void TensorInspector::closeTab(std::size_t index)
{
    if (index == 0 || index >= m_tabs.size())
        return;
    TensorPage* page = m_tabs[index].page;
    {
        const QSignalBlocker quiet(m_bar);
        m_bar->removeTab(int(index));
        m_tabs.erase(m_tabs.begin() + std::ptrdiff_t(index));
    }
    m_pages->removeWidget(page);
    page->deleteLater();
    updateTabTitles();
    showTab(std::size_t(std::max(0, m_bar->currentIndex())));
}

TensorPage& TensorInspector::currentPage() { return *m_tabs[m_shown].page; }

void TensorInspector::updateComparable()
{
    m_comparable.clear();
    QStringList titles;
    for (const Tab& tab : m_tabs)
        if (tab.isPinned && &tab != &m_tabs[m_shown]) {
            m_comparable.emplace_back(tab.value, tab.page);
            titles << tr("pinned %1").arg(tab.title);
        }
    const auto graph = this->graph();
    if (const auto state = document().debugger().state(); state && graph)
        for (ValueId value : state->live)
            if (value != m_tabs[m_shown].value && graph->contains(value) &&
                m_comparable.size() < mostComparable) {
                m_comparable.emplace_back(value, nullptr);
                titles << valueName(*graph, value);
            }
    currentPage().setComparable(titles);
}

void TensorInspector::compareWith(int index)
{
    if (index < 0 || std::size_t(index) >= m_comparable.size())
        return;
    const auto [value, page] = m_comparable[std::size_t(index)];
    for (const Tab& tab : m_tabs)
        if (page != nullptr && tab.page == page)
            return currentPage().comparison().setOther(tab.title, tab.page->tensor());
    m_compareValue = value;
    document().debugger().requestTensor(value, session::Recompute::Yes);
}

bool TensorInspector::isIdle() const
{
    return std::all_of(m_tabs.begin(), m_tabs.end(),
                       [](const Tab& tab) { return !tab.isAsked && tab.page->isIdle(); });
}

PanelSpec tensor_inspector()
{
    return {
        .id = "tensor_inspector",
        .title = "Tensor",
        .toolTip = "What a value holds: numbers, pictures, statistics",
        .area = Area::Right,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new TensorInspector(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
