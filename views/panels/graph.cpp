// SPDX-License-Identifier: Apache-2.0
#include "views/panels/graph.h"

#include "views/document/hint_history.h"
#include "views/document/node_hints.h"
#include "views/document/range_check.h"
#include "views/document/revisions.h"
#include "views/panels/debug_marks.h"
#include "views/panels/edit_menu.h"
#include "views/panels/graph_canvas.h"
#include "views/panels/graph_edits.h"
#include "views/panels/graph_pieces.h"
#include "views/panels/graph_places.h"
#include "views/panels/node_menu.h"
#include "views/panels/piece_menu.h"
#include "views/panels/plan_form.h"
#include "views/panels/search_bar.h"

#include <QActionGroup>
#include <QHBoxLayout>
#include <QMenu>
#include <QResizeEvent>
#include <QScopedValueRollback>
#include <QTabBar>
#include <QToolButton>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

QString qstring(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

// The same nodes in the same order: only texts and numbers may differ.
bool sameNodes(const canvas::DisplayGraph& a, const canvas::DisplayGraph& b)
{
    return std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), b.nodes.end(),
                      [](const auto& x, const auto& y) { return x.key == y.key; });
}

} // namespace

GraphPanel::GraphPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
    : Panel(document, theme, parent)
    , m_projections(projections::projectionSpecs())
    , m_overlays(overlays::overlaySpecs())
    , m_topBar(new QWidget(this))
    , m_tabs(new QTabBar(m_topBar))
    , m_overlayButton(new QToolButton(m_topBar))
    , m_canvasArea(new QWidget(this))
    , m_view(new canvas::GraphView(theme, m_canvasArea))
    , m_edits(new GraphCanvas(document, *m_view))
    , m_places(new GraphPlaces(document, *m_view))
    , m_pieces(new GraphPieces(document, *m_view))
    , m_search(new SearchBar(m_canvasArea))
{
    makeTopBar();
    m_view->setEdits(m_edits);
    connect(m_edits, &GraphCanvas::openRequested, this, &GraphPanel::openRequested);
    connect(m_edits, &GraphCanvas::mergeRequested, m_pieces, &GraphPieces::mergeFile);
    connect(m_edits, &GraphCanvas::insertRequested, m_pieces, &GraphPieces::insertFile);
    m_search->hide();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_topBar);
    column->addWidget(m_canvasArea, 1);
    auto* canvas = new QVBoxLayout(m_canvasArea);
    canvas->setContentsMargins(0, 0, 0, 0);
    canvas->addWidget(m_view);

    connect(m_view, &canvas::GraphView::selectionChanged, this, &GraphPanel::onSelected);
    connect(m_view, &canvas::GraphView::failed, this,
            [this](const QString& text) { emit this->document().message(text); });
    connect(m_search, &SearchBar::found, this, [this](quint64 key) {
        focus().select(projection().stage, key);
        m_view->reveal(key);
    });
    connect(m_search, &SearchBar::resultsChanged, this, &GraphPanel::followFocus);
    connect(m_search, &SearchBar::closed, this, [this] {
        m_search->hide();
        m_view->setFocus();
        followFocus();
    });
    connect(&this->document(), &document::Document::graphsChanged, this, &GraphPanel::rebuild);
    connect(&this->document(), &document::Document::contentChanged, this, &GraphPanel::rebuild);
    connect(&this->document(), &document::Document::problemsChanged, this, &GraphPanel::rebuild);
    connect(&this->document(), &document::Document::activityChanged, this, &GraphPanel::showPlaceholder);
    connect(&this->document(), &document::Document::traceChanged, this, [this] {
        if (!focus().overlay().isEmpty() || projection().needs == projections::Needs::Run)
            rebuild();
    });
    connect(&focus(), &document::Focus::projectionChanged, this, &GraphPanel::rebuild);
    connect(&focus(), &document::Focus::overlayChanged, this, &GraphPanel::rebuild);
    connect(&document.revisions(), &document::Revisions::comparisonChanged, this, &GraphPanel::rebuild);
    connect(&document.ranges(), &document::RangeCheck::changed, this, &GraphPanel::rebuild);
    connect(&focus(), &document::Focus::revealRequested, this, &GraphPanel::revealCurrent);
    connect(&focus(), &document::Focus::currentChanged, this, [this] {
        followFocus();
        if (!m_selecting)
            revealCurrent();
    });
    const document::DebugController& debugger = this->document().debugger();
    connect(&debugger, &document::DebugController::stateChanged, this, &GraphPanel::followDebugger);
    connect(&debugger, &document::DebugController::breakpointsChanged, this, &GraphPanel::showMarks);
    connect(&debugger, &document::DebugController::phaseChanged, this, [this] {
        if (!this->document().debugger().active() || // a movement is no news yet
            this->document().debugger().phase() == document::DebugController::Phase::Dead)
            showMarks();
    });
    connect(m_view, &canvas::GraphView::gutterClicked, this, [this](quint64 key) {
        if (projection().stage == this->document().debugger().stage())
            this->document().debugger().toggleBreakpoint(NodeId(std::size_t(key)));
        else
            emit this->document().message(
                tr("Breakpoints belong to the graph that is stepped; choose its tab."));
    });
    connect(m_view, &canvas::GraphView::contextMenuRequested, this, &GraphPanel::openNodeMenu);
    connect(m_view, &canvas::GraphView::selectionToggled, this, &GraphPanel::toggleSelected);
    connect(m_view, &canvas::GraphView::nodesEnclosed, this, &GraphPanel::selectAll);
    connect(&focus(), &document::Focus::alsoSelectedChanged, this,
            [this] { m_view->setAlsoSelectedKeys(focus().alsoSelected()); });
    themeChanged();
    rebuild();
}

GraphPanel::~GraphPanel() { m_view->setEdits(nullptr); }

void GraphPanel::makeTopBar()
{
    m_topBar->setObjectName("graphTopBar");
    m_tabs->setObjectName("projections");
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setFocusPolicy(Qt::TabFocus);
    for (const auto& spec : m_projections) {
        const int index = m_tabs->addTab(qstring(spec.title));
        m_tabs->setTabToolTip(index, qstring(spec.toolTip));
    }
    connect(m_tabs, &QTabBar::currentChanged, this,
            [this](int index) { focus().setProjection(qstring(m_projections[std::size_t(index)].id)); });

    m_overlayButton->setObjectName("overlays");
    m_overlayButton->setToolTip(tr("What the colours of the nodes mean"));
    m_overlayButton->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(m_overlayButton);
    auto* group = new QActionGroup(menu);
    auto add = [&](const QString& id, const QString& title, const QString& toolTip) {
        QAction* choice = menu->addAction(title);
        choice->setData(id);
        choice->setToolTip(toolTip);
        choice->setCheckable(true);
        group->addAction(choice);
        connect(choice, &QAction::triggered, this, [this, id] { focus().setOverlay(id); });
    };
    add({}, tr("Category"), tr("What kind of operator a node is"));
    for (const auto& spec : m_overlays)
        add(qstring(spec.id), qstring(spec.title), qstring(spec.toolTip));
    menu->setToolTipsVisible(true);
    m_overlayButton->setMenu(menu);

    auto* row = new QHBoxLayout(m_topBar);
    row->setContentsMargins(6, 0, 8, 0);
    row->setSpacing(8);
    row->addWidget(m_tabs);
    row->addStretch(1);
    row->addWidget(m_overlayButton, 0, Qt::AlignVCenter);
}

const projections::ProjectionSpec& GraphPanel::projection() const
{
    for (const auto& spec : m_projections)
        if (focus().projection() == qstring(spec.id))
            return spec;
    return m_projections.front();
}

std::optional<overlays::OverlaySpec> GraphPanel::overlay() const
{
    for (const auto& spec : m_overlays)
        if (focus().overlay() == qstring(spec.id))
            return spec;
    return std::nullopt;
}

bool GraphPanel::isIdle() const
{
    return !m_rebuildSoon && !m_task.busy() && m_places->isIdle() && m_pieces->isIdle() && m_view->isIdle();
}

void GraphPanel::rebuild()
{
    if (std::exchange(m_rebuildSoon, true))
        return;
    QMetaObject::invokeMethod(this, &GraphPanel::rebuildNow, Qt::QueuedConnection);
}

void GraphPanel::rebuildNow()
{
    m_rebuildSoon = false;
    for (std::size_t i = 0; i < m_projections.size(); ++i)
        if (m_projections[i].id == projection().id)
            m_tabs->setCurrentIndex(int(i));
    for (QAction* choice : m_overlayButton->menu()->actions())
        if (choice->data().toString() == focus().overlay()) {
            choice->setChecked(true);
            m_overlayButton->setText(tr("Colour: %1  ▾").arg(choice->text().toLower()));
        }
    if (projection().needs == projections::Needs::Compiled)
        document().compile();

    GraphPicture picture = pictureOf(document(), projection(), overlay());
    if (!isAvailable(picture)) {
        m_task.cancel();
        m_shown.reset();
        m_shownGraph.reset();
        m_view->setGraph(nullptr);
        m_search->setGraph(nullptr);
        showPlaceholder();
        return;
    }
    if (m_shownProjection == projection().id) {
        picture.earlierGraph = m_shownGraph;
        picture.earlier = m_shown;
    }
    auto shared = std::make_shared<const GraphPicture>(std::move(picture));
    m_task.submit([shared](std::stop_token) { return drawn(*shared); },
                  [this, shared](std::shared_ptr<const canvas::DisplayGraph> graph) {
                      const bool isEdit =
                          m_shown && m_shownProjection == shared->projection.id && m_shownOf == shared->of;
                      m_shownOf = shared->of;
                      const bool same = m_shown && m_shownProjection == shared->projection.id &&
                                        sameNodes(*m_shown, *graph);
                      m_shownProjection = shared->projection.id;
                      m_shown = std::move(graph);
                      m_shownGraph = shared->shown.graph;
                      if (m_shown->nodes.empty())
                          showPlaceholder();
                      // The same model edited: what the user looks at stays where it is.
                      const bool edited = isEdit && (document().editor().stepCount() > 0 ||
                                                     document().hintHistory().stepCount() > 0);
                      m_places->show(shared->projection.id, m_shown);
                      m_view->setGraph(m_shown, edited ? canvas::ViewChange::Edit
                                                : same ? canvas::ViewChange::Keep
                                                       : canvas::ViewChange::FitAll);
                      m_search->setGraph(m_shown);
                      followFocus();
                      showMarks();
                  });
}

void GraphPanel::showPlaceholder()
{
    const auto& spec = projection();
    switch (document().activity()) {
    case document::Activity::Loading:
        m_view->setPlaceholder(tr("Reading %1 …").arg(document().fileName()), tr("Nothing is run."));
        return;
    case document::Activity::Compiling:
        m_view->setPlaceholder(tr("Compiling …"),
                               tr("The passes make the compute graph in a process of its own."));
        return;
    case document::Activity::Running:
        m_view->setPlaceholder(tr("Running …"), tr("The picture appears with the first measurements."));
        return;
    case document::Activity::None:
        break;
    }
    if (!document().model() && document().content() == document::Content::Model)
        m_view->setPlaceholder(tr("The model could not be opened"), tr("The Problems panel says why."));
    else if (document().editor().canEdit() && projection().stage == document::GraphStage::Dataflow)
        m_view->setPlaceholder(tr("An empty graph"),
                               tr("Add an input (Ctrl+Shift+G), then insert operators (Ctrl+I): each comes "
                                  "behind the selected node. F4 edits what is selected."));
    else
        m_view->setPlaceholder(qstring(spec.emptyTitle), qstring(spec.emptyText));
}

void GraphPanel::onSelected(quint64 key)
{
    if (m_following)
        return;
    const QScopedValueRollback selecting(m_selecting, true);
    // Groups and stubs are places of the picture, not nodes of the graph.
    if (key == canvas::noKey || key < canvas::constantKey(0))
        focus().select(projection().stage, key);
}

void GraphPanel::followFocus()
{
    const document::CurrentNode& current = focus().current();
    std::vector<std::uint64_t> keys = document().correspondence().keysIn(projection().stage, current);
    std::vector<std::uint64_t> highlighted;
    if (m_search->isVisible())
        highlighted = m_search->results();
    if (current.stage == projection().stage) {
        const auto siblings = document().correspondence().siblings(current);
        highlighted.insert(highlighted.end(), siblings.begin(), siblings.end());
    } else if (keys.size() > 1) {
        highlighted.insert(highlighted.end(), keys.begin() + 1, keys.end());
    }
    const QScopedValueRollback following(m_following, true);
    if (!m_selecting)
        m_view->setSelectedKey(keys.empty() ? canvas::noKey : keys.front());
    m_view->setHighlightedKeys(highlighted);
}

void GraphPanel::revealCurrent()
{
    const auto keys = document().correspondence().keysIn(projection().stage, focus().current());
    if (!keys.empty())
        m_view->reveal(keys.front());
}

// The node that is next becomes the current one in every panel, as the cursor follows the line in an editor.
void GraphPanel::followDebugger()
{
    const document::DebugController& debugger = document().debugger();
    showMarks();
    const auto state = debugger.state();
    const NodeId next = state ? state->next : NodeId();
    if (std::exchange(m_shownNext, next) == next || !next.valid())
        return;
    focus().select(debugger.stage(), next.value);
    revealCurrent();
}

void GraphPanel::showMarks()
{
    Marks marks;
    if (projection().stage == document().debugger().stage())
        marks = marksOf(document().debugger());
    const auto model = document().model();
    if (const auto shown = document().stageGraph(projection().stage).graph;
        model && shown && projection().stage == document::GraphStage::Compute)
        for (NodeId node : document::hintedNodes(*model->dataflow, *shown, document().planHints()))
            marks.emplace_back(node.value, canvas::Mark::Hinted);
    m_view->setMarks(marks);
}

// The first is what all panels look at; edits are of all of them.
void GraphPanel::selectAll(std::vector<std::uint64_t> keys)
{
    std::erase_if(keys, [](std::uint64_t key) { return key >= canvas::inputKey(0); });
    const QScopedValueRollback selecting(m_selecting, true);
    focus().select(projection().stage, keys.empty() ? canvas::noKey : keys.front());
    m_view->setSelectedKey(keys.empty() ? canvas::noKey : keys.front());
    focus().setAlsoSelected(std::move(keys));
}

void GraphPanel::toggleSelected(quint64 key)
{
    const document::CurrentNode& current = focus().current();
    std::vector<std::uint64_t> keys;
    if (current.stage == projection().stage && current.isNode())
        keys.push_back(current.key);
    keys.insert(keys.end(), focus().alsoSelected().begin(), focus().alsoSelected().end());
    if (std::erase(keys, key) == 0)
        keys.push_back(key);
    selectAll(std::move(keys));
}

void GraphPanel::openNodeMenu(quint64 key, QPoint globalPosition)
{
    QMenu menu(this);
    if (canEditGraph(document())) {
        addEditActions(menu, document(), key, this);
        if (key < canvas::inputKey(0))
            addPieceActions(menu, *m_pieces, this);
    }
    if (key < canvas::inputKey(0) && projection().stage == document().debugger().stage()) {
        if (!menu.isEmpty())
            menu.addSeparator();
        addDebugActions(menu, document(), NodeId(std::size_t(key)), this);
    }
    if (key < canvas::inputKey(0) && projection().stage == document::GraphStage::Compute) {
        if (!menu.isEmpty())
            menu.addSeparator();
        addPlanActions(menu, document(), NodeId(std::size_t(key)), this);
    }
    if (!menu.isEmpty())
        menu.exec(globalPosition);
}

void GraphPanel::openSearch()
{
    m_search->show();
    m_search->raise();
    placeSearchBar();
    m_search->open();
}

void GraphPanel::resizeEvent(QResizeEvent* event)
{
    Panel::resizeEvent(event);
    placeSearchBar();
}

void GraphPanel::placeSearchBar()
{
    const QSize size = m_search->sizeHint();
    const int width = std::min(size.width(), std::max(200, m_view->width() - 24));
    m_search->setGeometry(m_view->width() - width - 12, 12, width, size.height());
}

void GraphPanel::themeChanged()
{
    m_view->setTheme(theme());
    m_search->setTheme(theme());
    m_topBar->setStyleSheet(QString("#graphTopBar { border-bottom: 1px solid %1; }")
                                .arg(theme().color(theme::Role::Border).name()) +
                            "#overlays::menu-indicator { image: none; }");
}

PanelSpec graph()
{
    return {
        .id = "graph",
        .title = "Graph",
        .toolTip = "The graph, in three projections",
        .area = Area::Center,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new GraphPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
