// SPDX-License-Identifier: Apache-2.0
#include "views/panels/memory_flame_page.h"

#include "engine/base/text.h"
#include "trace_db/queries/allocation_totals.h"
#include "trace_db/queries/graph.h"
#include "trace_db/queries/native_frames.h"
#include "trace_db/queries/native_sites.h"
#include "views/memory/byte_scale.h"
#include "views/memory/kind_style.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <map>

namespace orrery::panels {
namespace {

namespace db = trace_db;
using memory::FlameLeaf;
using memory::FlameNode;
using memory::FlameTree;

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 400)); }

QString say(const char* text) { return QCoreApplication::translate("Memory", text); }

// Of the scope if there is one, of the parts of the name, else of the operator type.
QStringList pathOf(const MemoryFacts& facts, std::uint32_t node)
{
    const db::NodeRow& row = facts.graph->node(node);
    if (!row.scope.empty())
        return memory::scopeParts(shown(row.scope)) << facts.nodeText(node);
    QStringList parts = memory::scopeParts(facts.nodeText(node));
    if (parts.size() == 1)
        parts.prepend(shown(row.opType));
    return parts;
}

FlameLeaf leafOf(const MemoryFacts& facts, std::uint32_t node, std::uint32_t value, db::AllocKind kind,
                 std::int64_t bytes)
{
    FlameLeaf leaf;
    leaf.bytes = bytes;
    if (node == db::noId) // of a weight or input: the node that reads it first
        if (const auto readers = facts.graph->readers(value); !readers.empty())
            node = readers.front();
    leaf.path = node == db::noId ? QStringList{say("read by no node")} : pathOf(facts, node);
    const QString name = facts.valueText(value);
    leaf.path << (name.isEmpty() ? memory::kindText(kind) : memory::kindText(kind) + ": " + name);
    leaf.node = node;
    return leaf;
}

FlameTree treeAtPeak(const MemoryFacts& facts, bool withWeights)
{
    std::vector<FlameLeaf> leaves;
    for (const db::alive_at::Row& row : facts.atPeak.rows)
        if (withWeights || row.buffer.kind != db::AllocKind::Weight)
            leaves.push_back(
                leafOf(facts, row.buffer.node, row.buffer.value, row.buffer.kind, row.buffer.bytes));
    return flameTree(say("live at the peak"), leaves);
}

Result<FlameTree> treeOfAllocations(const db::TraceReader& reader, const MemoryFacts& facts, TimeRange range,
                                    bool withWeights)
{
    std::vector<FlameLeaf> leaves;
    for (const auto& row : TRY(db::allocation_totals::run(reader, {facts.index, facts.graph, range})))
        if (withWeights || row.kind != db::AllocKind::Weight)
            leaves.push_back(leafOf(facts, row.node, row.value, row.kind, row.bytes));
    return flameTree(range.empty() ? say("allocated in the run") : say("allocated in the range"), leaves);
}

QString frameText(const db::NativeFrame& frame)
{
    if (!frame.symbol.empty())
        return shown(frame.symbol);
    const std::string module = frame.module.substr(frame.module.rfind('/') + 1);
    return shown(module.empty() ? "?" : module) +
           (frame.moduleOffset >= 0 ? QString("+0x%1").arg(frame.moduleOffset, 0, 16) : QString());
}

// Calls that all stacks begin with say nothing and are left out.
void dropSharedCalls(std::vector<FlameLeaf>& leaves)
{
    qsizetype shared = -1;
    const QStringList* first = nullptr;
    for (const FlameLeaf& leaf : leaves) {
        if (leaf.path.size() < 2)
            continue; // no stack
        if (first == nullptr) {
            first = &leaf.path;
            shared = leaf.path.size() - 1;
        }
        qsizetype same = 0;
        while (same < shared && same + 1 < leaf.path.size() && leaf.path[same] == (*first)[same])
            ++same;
        shared = same;
    }
    if (shared <= 0)
        return;
    for (FlameLeaf& leaf : leaves)
        if (leaf.path.size() >= 2)
            leaf.path.erase(leaf.path.begin(), leaf.path.begin() + shared);
}

Result<FlameTree> treeOfStacks(const db::TraceReader& reader, const MemoryFacts& facts, bool most)
{
    const auto graphs = TRY(db::graph::run(reader, {facts.run, "compute"}));
    const std::int64_t firstNode = graphs.empty() ? 0 : graphs.front().firstNodeId;
    std::map<std::int64_t, QStringList> known;
    std::vector<FlameLeaf> leaves;
    for (const db::native_sites::Row& row : TRY(db::native_sites::run(reader, {facts.run}))) {
        if (row.site.share == db::NativeShare::Tensor)
            continue;
        std::int64_t bytes = row.samples.empty() ? 0 : row.samples.back().liveBytes;
        for (const auto& sample : row.samples)
            bytes = most ? std::max(bytes, sample.liveBytes) : bytes;
        FlameLeaf leaf;
        leaf.bytes = bytes;
        leaf.node = row.nodeId >= firstNode ? std::uint32_t(row.nodeId - firstNode) : db::noId;
        if (bytes <= 0)
            continue;
        if (row.site.stack >= 0) {
            auto [calls, isNew] = known.try_emplace(row.site.stack);
            if (isNew)
                for (const db::NativeFrame& frame :
                     TRY(db::native_frames::run(reader, {facts.run, row.site.stack})))
                    calls->second.prepend(frameText(frame));
            leaf.path = calls->second;
            leaf.path << (leaf.node == db::noId ? say("between ops") : facts.nodeText(leaf.node));
        } else {
            leaf.path = {leaf.node == db::noId
                             ? say("between ops, calls not recorded")
                             : say("%1, calls not recorded").arg(facts.nodeText(leaf.node))};
        }
        leaves.push_back(std::move(leaf));
    }
    dropSharedCalls(leaves);
    return flameTree(most ? say("most at the end of any step") : say("live at the end of the last step"),
                     leaves);
}

// Nodes as on the graph; scopes and calls in quiet colours that tell neighbours apart.
QColor colorOf(const MemoryFacts& facts, const FlameNode& node, const theme::Theme& theme)
{
    if (node.depth == 0)
        return theme.color(theme::Role::NotMeasured);
    if (node.node != db::noId)
        return theme.category(theme::categoryOfOpType(facts.graph->node(node.node).opType));
    const std::vector<QColor>& series = theme.series();
    const QColor base = series[qHash(node.name, 7) % series.size()];
    const QColor back = theme.color(theme::Role::Surface);
    const auto mix = [](int a, int b) { return (a * 9 + b * 11) / 20; };
    return QColor(mix(base.red(), back.red()), mix(base.green(), back.green()),
                  mix(base.blue(), back.blue()));
}

} // namespace

MemoryFlamePage::MemoryFlamePage(const theme::Theme& theme, QWidget* parent)
    : MemoryPage(parent)
    , m_source(new QComboBox)
    , m_weights(new QCheckBox(tr("With weights")))
    , m_text(plainLabel({}, nullptr))
{
    auto* content = new QWidget;
    m_chart = new memory::FlameChart(theme, content);
    m_source->setObjectName("flameSource");
    m_source->setAccessibleName(tr("What the chart shows"));
    m_source->addItems({tr("By scope: live at the peak"), tr("By scope: allocated"),
                        tr("By calls: native, live at the end"), tr("By calls: native, most of any step")});
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* bar = new QHBoxLayout;
    bar->setContentsMargins(8, 3, 8, 3);
    bar->setSpacing(12);
    bar->addWidget(m_source);
    bar->addWidget(m_weights);
    bar->addWidget(m_text, 1);
    m_stack = new ContentOrEmpty(m_chart, content);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(bar);
    column->addWidget(m_stack, 1);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(content);
    auto again = [this] {
        m_isStale = true;
        ask();
    };
    connect(m_source, &QComboBox::currentIndexChanged, this, again);
    connect(m_weights, &QCheckBox::toggled, this, again);
    connect(m_chart, &memory::FlameChart::nodeChosen, this,
            [this](quint32 node) { emit nodeChosen(node, db::noId); });
    setFocusProxy(m_chart);
    setTheme(theme);
}

void MemoryFlamePage::setTheme(const theme::Theme& theme)
{
    m_chart->setTheme(theme);
    m_stack->setTheme(theme);
    m_text->setFont(theme.font(theme::FontRole::Small));
    setColor(m_text, theme.color(theme::Role::TextMuted));
}

void MemoryFlamePage::factsChanged()
{
    m_question.cancel();
    m_isStale = true;
    ask();
}

void MemoryFlamePage::rangeChanged()
{
    m_isStale = m_isStale || source() == Source::ScopeAllocated;
    ask();
}

void MemoryFlamePage::showEvent(QShowEvent* event)
{
    MemoryPage::showEvent(event);
    ask();
}

void MemoryFlamePage::ask()
{
    const bool isNative = source() == Source::StackAtEnd || source() == Source::StackMost;
    m_weights->setVisible(!isNative);
    if (!facts() || !isVisible() || !m_isStale)
        return;
    m_isStale = false;
    m_question.ask(
        facts()->path,
        [facts = facts(), range = range(), from = source(),
         weights = m_weights->isChecked()](const db::TraceReader& reader) -> Result<FlameTree> {
            switch (from) {
            case Source::ScopeAtPeak:
                return treeAtPeak(*facts, weights);
            case Source::ScopeAllocated:
                return treeOfAllocations(reader, *facts, range, weights);
            case Source::StackAtEnd:
            case Source::StackMost:
                return treeOfStacks(reader, *facts, from == Source::StackMost);
            }
            return FlameTree();
        },
        [this](Result<FlameTree> tree) {
            if (tree.ok())
                show(tree.releaseValue());
            else if (tree.error().code != ErrorCode::Cancelled)
                emit failed(QString::fromStdString(tree.error().text()));
        });
}

void MemoryFlamePage::show(FlameTree tree)
{
    const bool isNative = source() == Source::StackAtEnd || source() == Source::StackMost;
    if (!tree.isEmpty())
        m_stack->showContent();
    else if (!isNative)
        m_stack->showEmpty(tr("Nothing was allocated"),
                           tr("Neither activations nor work space in this range."));
    else if (facts()->native.empty())
        m_stack->showEmpty(tr("The heap was not watched"),
                           tr("Profile with --heap sampled (or full) to record which calls ask malloc for "
                              "memory inside of ops."));
    else
        m_stack->showEmpty(tr("Nothing is live outside of the tensors"),
                           tr("The heap was watched: ops gave back all that they asked for by the end of "
                              "each step."));
    m_text->setText(
        isNative ? tr("Memory outside of the engine's tensors; sampled calls stand for more bytes")
        : m_weights->isChecked() ? tr("Weights and inputs count for the node that reads them first")
                                 : tr("Weights are left out"));
    m_chart->setTree(std::move(tree), [facts = facts()](const FlameNode& node, const theme::Theme& theme) {
        return colorOf(*facts, node, theme);
    });
}

} // namespace orrery::panels
