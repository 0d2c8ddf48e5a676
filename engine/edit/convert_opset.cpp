// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/convert_opset.h"

#include "engine/edit/opset_adapters.h"
#include "engine/passes/infer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace orrery::edit {
namespace {

constexpr std::size_t mostNodesTold = 10;

bool isStandard(const graph::Node& node) { return node.domain.empty() || node.domain == "ai.onnx"; }

class OpsetConversion {
public:
    OpsetConversion(const graph::Model& model, const ops::OpRegistry& ops, std::int64_t version)
        : m_before(model)
        , m_after(model)
        , m_context(m_after.graph, passes::inferTypes(model, ops).types)
        , m_ops(ops)
        , m_to(version)
    {}

    Result<CleanUp> run(const Progress& progress)
    {
        const std::int64_t from = m_before.opsetVersion("");
        if (m_to < oldestOpset || m_to > newestOpset)
            return Error{
                ErrorCode::Usage,
                fmt::format("expected an opset from {} to {}, found {}", oldestOpset, newestOpset, m_to),
                {}};
        if (from <= 0 || from > newestOpset)
            return Error{ErrorCode::Unsupported,
                         fmt::format("the model's opset {} is not one that can be converted", from),
                         {}};
        const double steps = static_cast<double>(std::max<std::int64_t>(1, std::abs(m_to - from)));
        for (std::int64_t version = from; version < m_to; ++version) {
            TRY(report(progress, static_cast<double>(version - from) / steps));
            step(version + 1, true);
        }
        for (std::int64_t version = from; version > m_to; --version) {
            TRY(report(progress, static_cast<double>(from - version) / steps));
            step(version, false);
        }
        checkThereYet();
        if (!m_refused.empty())
            return refusal();
        if (m_after.irVersion > 0 && m_after.irVersion < 4 && m_context.constantsAdded())
            m_after.irVersion = 4; // before, every constant had to be a graph input, too
        for (graph::OpsetImport& import : m_after.opsets)
            if (import.domain.empty() || import.domain == "ai.onnx")
                import.version = m_to;
        dropUnread();
        CleanUp result =
            TRY(cleanUpOf(m_before, std::move(m_after), fmt::format("Convert opset {} to {}", from, m_to),
                          std::move(m_touched)));
        if (!m_before.functions.empty())
            result.notes.push_back(
                fmt::format("{} functions of the model import versions of their own and stay",
                            m_before.functions.size()));
        return result;
    }

private:
    // Over the border at which `version` began.
    void step(std::int64_t version, bool up)
    {
        for (NodeId id : m_after.graph.liveNodes())
            for (const OpsetChange& change : opsetChanges()) {
                graph::Node& node = m_after.graph.node(id);
                const Adapter adapt = up ? change.up : change.down;
                if (change.version != version || change.opType != node.opType || !isStandard(node) ||
                    node.opsetVersion != 0 || adapt == nullptr)
                    continue;
                const graph::Node was = node;
                const std::string why = adapt(m_context, node);
                const graph::Node& is = m_after.graph.node(id);
                if (!why.empty())
                    refuse(id, why);
                else if (is.opType != was.opType || is.inputs != was.inputs || is.outputs != was.outputs ||
                         !sameAttributes(is, was))
                    tell(id, fmt::format("opset {}: {}", version, change.what));
                break; // one row for an operator and a version
            }
    }

    static bool sameAttributes(const graph::Node& a, const graph::Node& b)
    {
        return std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(),
                          [](const graph::Attribute& x, const graph::Attribute& y) {
                              return x.name == y.name && graph::equal(x.value, y.value);
                          });
    }

    void tell(NodeId id, std::string what)
    {
        if (m_before.graph.contains(id))
            m_touched.push_back(touchedNode(m_before.graph, id, "opset", std::move(what)));
    }

    void refuse(NodeId id, const std::string& why)
    {
        m_refused.push_back(fmt::format("{} ({}): {}", m_after.graph.node(id).displayName(),
                                        m_after.graph.node(id).opType, why));
    }

    void checkThereYet()
    {
        const bool early = m_to < 13;
        for (NodeId id : m_after.graph.liveNodes()) {
            const graph::Node& node = m_after.graph.node(id);
            if (!isStandard(node) || node.opsetVersion != 0)
                continue;
            const ops::OpSpec* spec = m_ops.find("", node.opType);
            if (spec == nullptr)
                refuse(id, "the operator is not known");
            else if (m_to < spec->firstVersion)
                refuse(id, fmt::format("the operator came with opset {}", spec->firstVersion));
            else if (m_to > spec->lastVersion)
                refuse(id, fmt::format("the operator is known up to opset {}", spec->lastVersion));
            for (ValueId output : node.outputs)
                if (early && output.valid() && m_context.type(output).element == graph::DataType::BFloat16)
                    refuse(id, "opset 13 is the first with bfloat16");
        }
    }

    Error refusal() const
    {
        std::vector<std::string> told(
            m_refused.begin(),
            m_refused.begin() + static_cast<std::ptrdiff_t>(std::min(m_refused.size(), mostNodesTold)));
        std::string text = fmt::format("{} nodes cannot be said in opset {}: {}", m_refused.size(), m_to,
                                       fmt::join(told, "; "));
        if (m_refused.size() > told.size())
            text += fmt::format("; and {} more", m_refused.size() - told.size());
        return Error{ErrorCode::Unsupported, std::move(text), {}};
    }

    // Constants that became attributes, where nothing else reads them.
    void dropUnread()
    {
        graph::Graph& graph = m_after.graph;
        const graph::UseIndex was(m_before.graph), is(graph);
        const auto& listed = graph.main().inputs;
        for (std::size_t i = 0; i < m_before.graph.valueSlots(); ++i) {
            const ValueId id(i);
            if (!graph.contains(id) || was.uses(id).empty() || !is.uses(id).empty() ||
                std::find(listed.begin(), listed.end(), id) != listed.end())
                continue;
            const NodeId maker = graph.value(id).producer;
            if (graph.contains(maker) && graph.node(maker).opType == "Constant")
                graph.removeNode(maker);
            else if (!graph.value(id).initializer)
                continue;
            graph.removeValue(id);
        }
    }

    const graph::Model& m_before;
    graph::Model m_after;
    OpsetContext m_context;
    const ops::OpRegistry& m_ops;
    const std::int64_t m_to;
    std::vector<std::string> m_refused;
    std::vector<TouchedNode> m_touched;
};

} // namespace

Result<CleanUp> convertOpset(const graph::Model& model, const ops::OpRegistry& ops, std::int64_t version,
                             const Progress& progress)
{
    return OpsetConversion(model, ops, version).run(progress);
}

} // namespace orrery::edit
