// SPDX-License-Identifier: Apache-2.0
#include "views/panels/graph_canvas.h"

#include "engine/base/text.h"
#include "engine/formats/op_docs.h"
#include "views/panels/graph_chooser.h"
#include "views/panels/graph_edits.h"
#include "views/panels/snippets.h"

#include <QFileInfo>
#include <QGuiApplication>
#include <QMenu>
#include <QMimeData>
#include <QUrl>

#include <algorithm>

namespace orrery::panels {

using canvas::DropPlace;
using canvas::EdgeRef;
using canvas::Fit;
using canvas::NodePorts;
using canvas::Port;
using canvas::Side;
using document::GraphStage;

namespace {

constexpr std::size_t mostRows = 200; // more cannot be looked through; typing finds the others

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 120)); }

QString titleOf(const graph::Node& node)
{
    return shown(node.opType) + (node.name.empty() ? QString() : " " + shown(node.name));
}

} // namespace

GraphCanvas::GraphCanvas(document::Document& document, canvas::GraphView& view)
    : QObject(&view)
    , m_document(document)
    , m_view(view)
{
    connect(&view, &canvas::GraphView::edgeMenuRequested, this, &GraphCanvas::openEdgeMenu);
    connect(&view, &canvas::GraphView::edgeSelected, this, [this] {
        if (enabled())
            m_document.editor().chooseEdge(useOf(graph(), m_view.selectedEdge()));
    });
}

bool GraphCanvas::enabled() const { return canEditGraph(m_document) && m_document.model() != nullptr; }

NodePorts GraphCanvas::ports(std::uint64_t key) const
{
    NodePorts ports;
    const NodeId id = nodeOf(graph(), key);
    if (!id.valid()) {
        if (const ValueId input = valueOf(graph(), {key, Side::Output, 0}); input.valid())
            ports.outputs.push_back(shown(graph().value(input).name));
        return ports;
    }
    const graph::Node& node = graph().node(id);
    for (std::size_t slot = 0; slot < shownInputs(node); ++slot)
        ports.inputs.push_back(inputName(m_document.editor().model(), node, slot));
    for (ValueId output : node.outputs)
        ports.outputs.push_back(output.valid() ? shown(graph().value(output).name) : QString());
    return ports;
}

const LinkTargets& GraphCanvas::targetsOf(ValueId value)
{
    const std::size_t at = m_document.editor().position();
    if (!m_targets || m_targetsOf != value || m_targetsAt != at)
        m_targets = std::make_unique<LinkTargets>(m_document.editor().model(), typed(), value);
    m_targetsOf = value;
    m_targetsAt = at;
    return *m_targets;
}

std::vector<Fit> GraphCanvas::fits(const Port& from, std::span<const std::uint64_t> keys)
{
    std::vector<Fit> result;
    for (std::uint64_t key : keys) {
        Fit best = Fit::Impossible;
        for (Fit fit : slotFits(from, key)) {
            best = std::max(best, fit);
            if (best == Fit::Good)
                break;
        }
        result.push_back(best);
    }
    return result;
}

std::vector<Fit> GraphCanvas::slotFits(const Port& from, std::uint64_t key)
{
    std::vector<Fit> result;
    const NodeId node = nodeOf(graph(), key);
    if (from.side == Side::Output) {
        const ValueId value = valueOf(graph(), from);
        if (!node.valid() || !value.valid())
            return result;
        const LinkTargets& targets = targetsOf(value);
        for (std::size_t slot = 0; slot < shownInputs(graph().node(node)); ++slot)
            result.push_back(targets.fit(node, slot));
        return result;
    }
    const NodeId reader = nodeOf(graph(), from.key);
    const std::size_t count = ports(key).outputs.size();
    for (std::size_t slot = 0; reader.valid() && slot < count; ++slot) {
        const ValueId value = valueOf(graph(), {key, Side::Output, std::uint16_t(slot)});
        const bool possible =
            value.valid() && edit::canConnect(m_document.editor().model(), reader, from.slot, value).ok();
        result.push_back(possible ? typeFit(m_document.editor().model(), typed(), reader, from.slot, value)
                                  : Fit::Impossible);
    }
    return result;
}

void GraphCanvas::connectValue(ValueId value, NodeId node, std::size_t slot)
{
    m_document.editor().apply(edit::connect(m_document.editor().model(), node, slot, value));
}

void GraphCanvas::connectPorts(const Port& from, const Port& to)
{
    const Port& source = from.side == Side::Output ? from : to;
    const Port& target = from.side == Side::Output ? to : from;
    const ValueId value = valueOf(graph(), source);
    const NodeId node = nodeOf(graph(), target.key);
    if (value.valid() && node.valid())
        connectValue(value, node, target.slot);
}

// One open slot that fits needs no question.
void GraphCanvas::connectNode(const Port& from, std::uint64_t key, QPoint global)
{
    const std::vector<Fit> found = slotFits(from, key);
    const NodePorts all = ports(key);
    const NodeId node = nodeOf(graph(), key);
    const Side side = from.side == Side::Output ? Side::Input : Side::Output;
    auto isOpen = [&](std::size_t slot) {
        const auto& inputs = graph().node(node).inputs;
        return slot >= inputs.size() || !inputs[slot].valid();
    };
    std::vector<std::size_t> good, possible;
    for (std::size_t slot = 0; slot < found.size(); ++slot) {
        if (found[slot] == Fit::Impossible)
            continue;
        possible.push_back(slot);
        if (found[slot] == Fit::Good && (side == Side::Output || isOpen(slot)))
            good.push_back(slot);
    }
    if (possible.empty()) {
        emit m_document.message(
            tr("That node cannot read this value: it would close a cycle, takes no input, "
               "or lies outside of the subgraph that holds the value."));
        return;
    }
    if (good.size() == 1 || possible.size() == 1)
        return connectPorts(from, {key, side, std::uint16_t(good.size() == 1 ? good[0] : possible[0])});
    QMenu menu(&m_view);
    for (std::size_t slot : possible) {
        QString text = side == Side::Input ? all.inputs[slot] : all.outputs[slot];
        if (side == Side::Input)
            text +=
                isOpen(slot)
                    ? tr(" (open)")
                    : tr(" instead of %1").arg(shown(graph().value(graph().node(node).inputs[slot]).name));
        if (found[slot] == Fit::Clash)
            text += tr(" · would clash");
        menu.addAction(text, this, [this, from, key, side, slot] {
            connectPorts(from, {key, side, std::uint16_t(slot)});
        });
    }
    menu.exec(global);
}

void GraphCanvas::connectNothing(const Port& from, const DropPlace& place)
{
    if (const ValueId value = valueOf(graph(), from); value.valid())
        chooseOperator(place, value);
}

void GraphCanvas::disconnect(const EdgeRef& edge)
{
    const auto use = useOf(graph(), edge);
    if (!use)
        return;
    const graph::Model& model = m_document.editor().model();
    m_document.editor().apply(use->node.valid() ? edit::disconnect(model, use->node, use->slot)
                                                : edit::removeOutput(model, use->region, use->slot));
}

void GraphCanvas::openEdgeMenu(QPoint global)
{
    if (!enabled())
        return;
    const EdgeRef edge = m_view.selectedEdge();
    const auto use = useOf(graph(), edge);
    if (!use)
        return;
    QMenu menu(&m_view);
    menu.addAction(tr("Insert an operator …"), this, [this, edge, global] {
        openInsert({{}, global, canvas::noKey, edge, canvas::noKey});
    });
    menu.addAction(use->node.valid() ? tr("Disconnect") : tr("Remove the output"), this,
                   [this, edge] { disconnect(edge); });
    menu.addSeparator();
    menu.addAction(tr("Show what it carries"), this,
                   [this, edge] { m_document.focus().inspect(ValueId(std::size_t(edge.value))); });
    menu.exec(global);
}

void GraphCanvas::insert(const std::string& domain, const std::string& opType, const DropPlace& place,
                         ValueId reads)
{
    InsertPlace where;
    where.edge = useOf(graph(), place.edge);
    where.value = reads;
    if (!where.edge && !where.value.valid()) {
        const NodeId behind = nodeOf(graph(), place.node);
        if (behind.valid() && !graph().node(behind).outputs.empty())
            where.value = graph().node(behind).outputs.front(), where.forAll = true;
        else if (const ValueId input = valueOf(graph(), {place.node, Side::Output, 0}); input.valid())
            where.value = input, where.forAll = true;
    }
    if (const NodeId beside = nodeOf(graph(), place.beside); beside.valid())
        where.region = graph().node(beside).region;
    const NodeId made = insertOperatorAt(m_document, domain, opType, where);
    // On an edge or behind a node its place follows from the graph.
    if (made.valid() && !where.edge && !where.forAll && m_view.scene() && !place.scene.isNull())
        m_view.placeNode(made.value, place.scene - QPointF(50, 12));
}

void GraphCanvas::chooseOperator(const DropPlace& place, ValueId reads)
{
    std::vector<formats::OpName> all = formats::documentedOps();
    for (const ops::OpSpec& spec : ops::OpRegistry::builtin().all())
        if (!spec.domain.empty())
            all.push_back({std::string(spec.domain), std::string(spec.name)});
    for (const graph::Function& function : m_document.editor().model().functions)
        all.push_back({function.domain, function.name});
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return std::tie(a.name, a.domain) < std::tie(b.name, b.domain);
    });
    all.erase(std::unique(all.begin(), all.end()), all.end());
    auto rows = [this, all = std::move(all), place, reads](const QString& filter) {
        // Those that begin like it come before those that hold it.
        std::vector<GraphChooser::Row> exact, begins, holds;
        for (const formats::OpName& op : all) {
            const QString name = shown(op.name);
            if (!name.contains(filter, Qt::CaseInsensitive))
                continue;
            auto& into = name.compare(filter, Qt::CaseInsensitive) == 0 ? exact
                         : name.startsWith(filter, Qt::CaseInsensitive) ? begins
                                                                        : holds;
            into.push_back({name, shown(op.domain), [this, op, place, reads] {
                                insert(op.domain, op.name, place, reads);
                                m_view.setFocus();
                            }});
        }
        exact.insert(exact.end(), begins.begin(), begins.end());
        exact.insert(exact.end(), holds.begin(), holds.end());
        return exact;
    };
    auto* chooser =
        new GraphChooser(&m_view, tr("Type an operator"), tr("No operator of that name"), std::move(rows));
    chooser->openAt(place.global);
}

void GraphCanvas::openInsert(const DropPlace& place) { chooseOperator(place, {}); }
void GraphCanvas::activateNothing(const DropPlace& place) { chooseOperator(place, {}); }

void GraphCanvas::openConnect()
{
    const document::CurrentNode& current = m_document.focus().current();
    const NodePorts own = enabled() && current.valid() ? ports(current.key) : NodePorts();
    if (own.outputs.empty()) {
        emit m_document.message(tr("Select the node or graph input whose result is to be connected."));
        return;
    }
    auto rows = [this, key = current.key, outputs = own.outputs](const QString& filter) {
        std::vector<std::pair<int, GraphChooser::Row>> ranked;
        for (std::size_t output = 0; output < outputs.size(); ++output) {
            const ValueId value = valueOf(graph(), {key, Side::Output, std::uint16_t(output)});
            if (!value.valid())
                continue;
            const LinkTargets targets(m_document.editor().model(), typed(), value);
            for (NodeId id : graph().liveNodes()) {
                const graph::Node& node = graph().node(id);
                const QString title = titleOf(node);
                if (ranked.size() >= mostRows)
                    break;
                if (id.value == key || !targets.isPossible(id))
                    continue;
                for (std::size_t slot = 0; slot < shownInputs(node); ++slot) {
                    const bool isOpen = slot >= node.inputs.size() || !node.inputs[slot].valid();
                    const QString name = inputName(m_document.editor().model(), node, slot);
                    if (!isOpen && node.inputs[slot] == value)
                        continue;
                    QString text = title + " · " + name;
                    if (outputs.size() > 1)
                        text = outputs[output] + " → " + text;
                    if (!text.contains(filter, Qt::CaseInsensitive))
                        continue;
                    const bool fits = targets.fit(id, slot) == Fit::Good;
                    const QString detail =
                        (isOpen ? tr("open")
                                : tr("instead of %1").arg(shown(graph().value(node.inputs[slot]).name))) +
                        (fits ? QString() : tr(", would clash"));
                    const ops::OpSpec* spec = ops::OpRegistry::builtin().find(node.domain, node.opType);
                    const bool needed = spec != nullptr && slot < spec->minInputs;
                    const int rank = (fits ? 0 : 4) + (isOpen ? needed ? 0 : 1 : 2);
                    ranked.push_back({rank, {text, detail, [this, value, id, slot] {
                                                 connectValue(value, id, slot);
                                                 m_view.setFocus();
                                             }}});
                }
            }
        }
        std::stable_sort(ranked.begin(), ranked.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        std::vector<GraphChooser::Row> result;
        for (auto& [rank, row] : ranked)
            result.push_back(std::move(row));
        return result;
    };
    auto* chooser = new GraphChooser(&m_view, tr("Connect %1 to …").arg(own.outputs.front()),
                                     tr("No input can take it"), std::move(rows));
    const auto at = m_view.portPosition({current.key, Side::Output, 0});
    chooser->resize(460, 320);
    chooser->openAt(m_view.mapToGlobal(at ? at->toPoint() + QPoint(12, 8) : m_view.rect().center()));
}

canvas::CanvasEdits::DropOn GraphCanvas::dropsOn(const QMimeData& data) const
{
    if (data.hasFormat(operatorMimeType))
        return DropOn::EdgesAndNodes;
    if (data.hasFormat(snippetMimeType))
        return DropOn::Anything;
    const QList<QUrl> urls = data.urls();
    return urls.size() == 1 && urls.front().isLocalFile() ? DropOn::Anything : DropOn::Nothing;
}

void GraphCanvas::drop(const QMimeData& data, const DropPlace& place)
{
    if (data.hasFormat(operatorMimeType)) {
        const QList<QByteArray> parts = data.data(operatorMimeType).split('\n');
        if (parts.size() == 2)
            insert(parts[0].toStdString(), parts[1].toStdString(), place);
        return;
    }
    if (data.hasFormat(snippetMimeType)) {
        emit insertRequested(QString::fromUtf8(data.data(snippetMimeType)));
        return;
    }
    const QString path = data.urls().isEmpty() ? QString() : data.urls().front().toLocalFile();
    if (path.isEmpty())
        return;
    if (QGuiApplication::keyboardModifiers() & Qt::ControlModifier) {
        emit mergeRequested(path);
        return;
    }
    auto* menu = new QMenu(&m_view);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setObjectName("dropMenu");
    menu->addAction(tr("Open %1").arg(QFileInfo(path).fileName()), this,
                    [this, path] { emit openRequested(path); });
    menu->addAction(tr("Merge into this model"), this, [this, path] { emit mergeRequested(path); });
    menu->addSeparator();
    menu->addAction(tr("Cancel"));
    menu->popup(place.global);
}

} // namespace orrery::panels
