// SPDX-License-Identifier: Apache-2.0
#include "views/panels/value_selector.h"

#include "views/models/tables.h"
#include "views/projections/node_text.h"

#include <algorithm>

namespace orrery::panels {
namespace {

bool contains(const std::vector<ValueId>& values, ValueId value)
{
    return std::find(values.begin(), values.end(), value) != values.end();
}

} // namespace

std::shared_ptr<const graph::Graph> steppedGraph(const document::Document& document)
{
    if (auto stepped = document.debugger().graph(); stepped && document.debugger().active())
        return stepped;
    return document.stageGraph(document::GraphStage::Dataflow).graph;
}

document::GraphStage steppedStage(const document::Document& document)
{
    return document.debugger().active() ? document.debugger().stage() : document::GraphStage::Dataflow;
}

QString valueName(const graph::Graph& graph, ValueId value)
{
    const std::string& name = graph.value(value).name;
    return name.empty() ? QObject::tr("value %1").arg(value.value) : models::shown(name);
}

ValueSelector::ValueSelector(document::Document& document, QWidget* parent)
    : QComboBox(parent)
    , m_document(document)
{
    setAccessibleName(tr("Value"));
    setToolTip(tr("Outputs and inputs of the selected node, and what is watched"));
    setSizeAdjustPolicy(AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(10);
    connect(this, &QComboBox::activated, this, [this](int at) { emit chosen(m_values[std::size_t(at)]); });
}

std::vector<ValueId> ValueSelector::ofFocus() const
{
    const auto graph = steppedGraph(m_document);
    if (!graph)
        return {};
    const document::CurrentNode& current = m_document.focus().current();
    std::vector<ValueId> values;
    const auto add = [&](ValueId value) {
        if (graph->contains(value) && !contains(values, value))
            values.push_back(value);
    };
    const auto addNode = [&](NodeId id) {
        if (!graph->contains(id))
            return;
        for (ValueId value : graph->node(id).outputs)
            add(value);
        for (ValueId value : graph->node(id).inputs)
            add(value);
    };
    const document::GraphStage stage = steppedStage(m_document);
    if (!current.valid()) {
        if (const auto state = m_document.debugger().state())
            addNode(state->previous.valid() ? state->previous : state->next);
    } else if (!current.isNode())
        add(ValueId(std::size_t(current.key & 0xffffffffu)));
    else if (current.stage == stage)
        addNode(current.node());
    else
        for (std::uint64_t key : m_document.correspondence().keysIn(stage, current))
            addNode(NodeId(std::size_t(key)));
    return values;
}

ValueId ValueSelector::best(const std::vector<ValueId>& values) const
{
    const auto graph = steppedGraph(m_document);
    const auto state = m_document.debugger().state();
    const auto isThere = [&](ValueId value) {
        return state ? std::binary_search(state->live.begin(), state->live.end(), value)
                     : projections::constantOf(*graph, value) != nullptr;
    };
    const auto found = std::find_if(values.begin(), values.end(), isThere);
    return found == values.end() ? values.front() : *found;
}

QString ValueSelector::role(const graph::Graph& graph, ValueId id) const
{
    const document::CurrentNode& current = m_document.focus().current();
    const graph::Value& value = graph.value(id);
    if (projections::constantOf(graph, id) != nullptr)
        return tr("constant");
    if (!value.producer.valid())
        return tr("input");
    return !current.isNode() || value.producer == current.node() ? tr("output") : tr("input");
}

void ValueSelector::offer(ValueId shown)
{
    m_values = ofFocus();
    const std::size_t ofNode = m_values.size();
    const auto graph = steppedGraph(m_document);
    if (graph && m_document.debugger().active())
        for (ValueId watched : m_document.debugger().watches())
            if (graph->contains(watched) && !contains(m_values, watched))
                m_values.push_back(watched);
    const std::size_t ofWatches = m_values.size();
    if (graph && graph->contains(shown) && !contains(m_values, shown))
        m_values.push_back(shown);
    clear();
    for (std::size_t i = 0; i < m_values.size(); ++i) {
        const QString name = valueName(*graph, m_values[i]);
        addItem(i < ofNode      ? QString("%1: %2").arg(role(*graph, m_values[i]), name)
                : i < ofWatches ? tr("watched: %1").arg(name)
                                : name);
    }
    const auto at = std::find(m_values.begin(), m_values.end(), shown);
    setCurrentIndex(at == m_values.end() ? -1 : int(at - m_values.begin()));
}

} // namespace orrery::panels
