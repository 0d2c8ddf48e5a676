// SPDX-License-Identifier: Apache-2.0
//
// Names: "node NAME" for a node that has one, "makes VALUE" by its first output for others, "input VALUE" and
// "output VALUE" for pills. Of several nodes with one name the first has the place.
#include "views/panels/graph_places.h"

#include "profiler/session/position_file.h"
#include "views/panels/graph_links.h"

#include <unordered_map>

namespace orrery::panels {
namespace {

constexpr char picture[] = "dataflow";
constexpr int saveAfterMs = 600;

} // namespace

GraphPlaces::GraphPlaces(document::Document& document, canvas::GraphView& view)
    : QObject(&view)
    , m_document(document)
    , m_view(view)
{
    m_saveSoon.setSingleShot(true);
    m_saveSoon.setInterval(saveAfterMs);
    connect(&m_saveSoon, &QTimer::timeout, this, &GraphPlaces::save);
    connect(&view, &canvas::GraphView::placedChanged, this, &GraphPlaces::onPlaced);
    connect(&view, &canvas::GraphView::nodePlaced, this, [this] {
        m_last = m_view.placed(); // a part of the edit that made the node
        m_saveSoon.start();
    });
    connect(&document, &document::Document::contentChanged, this, &GraphPlaces::load);
    connect(&document, &document::Document::saved, this, [this](const QString& path) {
        m_path = path;
        if (!m_last.empty())
            save();
    });
}

GraphPlaces::~GraphPlaces()
{
    if (m_saveSoon.isActive())
        save();
}

void GraphPlaces::load()
{
    if (m_path == m_document.path())
        return;
    m_path = m_document.path();
    m_saveSoon.stop();
    m_named.clear();
    m_last.clear();
    m_moves.clear();
    m_done = 0;
    m_isLoaded = false;
    m_view.setPlaced({});
    if (m_path.isEmpty() || m_document.content() != document::Content::Model)
        return;
    m_task.submit(
        [path = m_path.toStdString()](std::stop_token) { return session::loadPositions(path, picture); },
        [this](const Result<session::SavedPositions>& read) {
            m_isLoaded = true;
            if (!read.ok())
                return;
            for (const auto& [name, place] : read->positions)
                m_named[name] = {place.x, place.y};
            if (m_isShown && m_graph && !m_named.empty())
                show(picture, m_graph);
        });
}

std::string GraphPlaces::nameOf(std::uint64_t key) const
{
    const graph::Graph& graph = m_document.editor().model().graph;
    if (const NodeId id = nodeOf(graph, key); id.valid()) {
        const graph::Node& node = graph.node(id);
        if (!node.name.empty())
            return "node " + node.name;
        for (ValueId output : node.outputs)
            if (output.valid())
                return "makes " + graph.value(output).name;
        return {};
    }
    const bool isInput = (key >> 32) == (canvas::inputKey(0) >> 32);
    const ValueId value{std::size_t(key & 0xffffffffu)};
    if (!isInput && (key >> 32) != (canvas::outputKey(0) >> 32))
        return {};
    return graph.contains(value) ? (isInput ? "input " : "output ") + graph.value(value).name : std::string();
}

// Undoing a removal brings a node back under its old key: its place was kept under that, too.
void GraphPlaces::show(std::string_view projection, std::shared_ptr<const canvas::DisplayGraph> graph)
{
    m_isShown = projection == picture && m_document.editor().canEdit();
    m_graph = std::move(graph);
    if (!m_isShown) {
        m_view.setPlaced({});
        return;
    }
    if (!m_named.empty()) {
        for (const canvas::DisplayNode& node : m_graph->nodes)
            if (auto found = m_named.find(nameOf(node.key)); found != m_named.end()) {
                m_last.try_emplace(node.key, found->second);
                m_named.erase(found);
            }
    }
    m_view.setPlaced(m_last);
}

void GraphPlaces::onPlaced()
{
    if (!m_isShown)
        return;
    // Taken back, a node goes where it was, though the user had not put it there.
    canvas::Placed before = m_last;
    if (const auto scene = m_view.scene())
        for (const auto& [key, place] : m_view.placed())
            if (!before.contains(key) && scene->nodeOfKey(key) != canvas::noIndex)
                before[key] = scene->rectOfKey(key).topLeft();
    m_moves.resize(m_done);
    m_moves.push_back({m_document.editor().position(), std::move(before), m_view.placed()});
    ++m_done;
    m_last = m_view.placed();
    m_saveSoon.start();
    emit m_document.editor().historyChanged(); // there is something else to undo
}

bool GraphPlaces::canUndo() const
{
    return m_isShown && m_done > 0 && m_moves[m_done - 1].position >= m_document.editor().position();
}

bool GraphPlaces::canRedo() const
{
    return m_isShown && m_done < m_moves.size() && m_moves[m_done].position == m_document.editor().position();
}

void GraphPlaces::undo()
{
    if (!canUndo())
        return;
    m_last = m_moves[--m_done].before;
    m_view.setPlaced(m_last);
    m_saveSoon.start();
    emit m_document.editor().historyChanged();
}

void GraphPlaces::redo()
{
    if (!canRedo())
        return;
    m_last = m_moves[m_done++].after;
    m_view.setPlaced(m_last);
    m_saveSoon.start();
    emit m_document.editor().historyChanged();
}

void GraphPlaces::save()
{
    m_saveSoon.stop();
    if (m_path.isEmpty() || m_document.isUntitled() || !m_document.editor().canEdit() || !m_isLoaded)
        return;
    session::Positions positions;
    for (const auto& [name, place] : m_named)
        positions[name] = {place.x(), place.y()}; // of nodes that are not there now
    for (const auto& [key, place] : m_last)
        if (const std::string name = nameOf(key); !name.empty())
            positions.try_emplace(name, session::Position{place.x(), place.y()});
    if (const auto kept = session::savePositions(m_path.toStdString(), picture, positions); !kept.ok())
        emit m_document.message(
            tr("Places of nodes are not kept: %1").arg(QString::fromStdString(kept.error().text())));
}

} // namespace orrery::panels
