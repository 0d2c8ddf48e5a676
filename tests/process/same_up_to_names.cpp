// SPDX-License-Identifier: Apache-2.0
//
// same_up_to_names A B: whether two models are the same graph under other names: inputs and outputs in the
// same places with the same types, and behind each output the same operators with the same attributes and,
// bit for bit, the same constants. Exit status 0, or 1 with one line that names the first difference.
//
// same_up_to_names --extract MODEL FOLDER: the model's constants as FOLDER/<name>.npy.
#include "engine/formats/format.h"
#include "engine/formats/tensor_file.h"
#include "engine/graph/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <vector>

using namespace orrery;
using graph::Graph;
using graph::Model;
using graph::Node;

namespace {

class Comparison {
public:
    Comparison(const Model& a, const Model& b)
        : m_a(a)
        , m_b(b)
    {}

    // Empty when they are the same.
    std::string difference()
    {
        if (m_a.opsetVersion("") != m_b.opsetVersion(""))
            return fmt::format("operator sets {} and {}", m_a.opsetVersion(""), m_b.opsetVersion(""));
        if (m_a.graph.nodeCount() != m_b.graph.nodeCount())
            return fmt::format("{} and {} nodes", m_a.graph.nodeCount(), m_b.graph.nodeCount());
        if (std::string why = ends("inputs", fed(m_a.graph), fed(m_b.graph)); !why.empty())
            return why;
        if (std::string why = ends("outputs", m_a.graph.main().outputs, m_b.graph.main().outputs);
            !why.empty())
            return why;
        while (!m_open.empty()) {
            auto [a, b] = m_open.back();
            m_open.pop_back();
            if (std::string why = nodes(m_a.graph.node(a), m_b.graph.node(b)); !why.empty())
                return why;
        }
        if (m_pairs.size() != m_a.graph.nodeCount())
            return "nodes that no output needs";
        return {};
    }

private:
    static std::vector<ValueId> fed(const Graph& graph)
    {
        std::vector<ValueId> result;
        for (ValueId id : graph.main().inputs)
            if (!graph.value(id).isConstant())
                result.push_back(id);
        return result;
    }

    std::string ends(const char* what, const std::vector<ValueId>& a, const std::vector<ValueId>& b)
    {
        if (a.size() != b.size())
            return fmt::format("{} and {} {}", a.size(), b.size(), what);
        const bool isInput = std::string_view(what) == "inputs";
        for (std::size_t i = 0; i < a.size(); ++i) {
            const graph::ValueType& left = m_a.graph.value(a[i]).type;
            const graph::ValueType& right = m_b.graph.value(b[i]).type;
            if (left != right)
                return fmt::format("{} {}: {} and {}", what, i, left.text(), right.text());
            if (isInput)
                m_inputs[a[i]] = b[i];
            else if (std::string why = values(a[i], b[i]); !why.empty())
                return fmt::format("{} {}: {}", what, i, why);
        }
        return {};
    }

    std::string values(ValueId a, ValueId b)
    {
        if (a.valid() != b.valid())
            return "connected in one of them only";
        if (!a.valid())
            return {};
        const graph::Value& left = m_a.graph.value(a);
        const graph::Value& right = m_b.graph.value(b);
        if (left.initializer || right.initializer) {
            if (!left.initializer || !right.initializer)
                return "constant in one of them only";
            return left.initializer->tensor.identicalTo(right.initializer->tensor)
                       ? std::string()
                       : fmt::format("the constants {} and {} differ", left.name, right.name);
        }
        if (left.producer.valid() != right.producer.valid())
            return fmt::format("{} and {} come from elsewhere", left.name, right.name);
        if (!left.producer.valid())
            return m_inputs[a] == b ? std::string()
                                    : fmt::format("other inputs: {} and {}", left.name, right.name);
        if (outputOf(m_a.graph, a) != outputOf(m_b.graph, b))
            return fmt::format("{} and {} are other outputs of their nodes", left.name, right.name);
        auto [pair, isNew] = m_pairs.emplace(left.producer, right.producer);
        if (isNew)
            m_open.emplace_back(left.producer, right.producer);
        return pair->second == right.producer ? std::string()
                                              : fmt::format("{} is shared in one of them only", left.name);
    }

    static std::size_t outputOf(const Graph& graph, ValueId id)
    {
        const auto& outputs = graph.node(graph.value(id).producer).outputs;
        return std::size_t(std::find(outputs.begin(), outputs.end(), id) - outputs.begin());
    }

    std::string nodes(const Node& a, const Node& b)
    {
        const std::string where = fmt::format("{} ({}) and {} ({})", a.name, a.opType, b.name, b.opType);
        if (a.opType != b.opType || a.domain != b.domain)
            return where + ": other operators";
        if (a.attributes.size() != b.attributes.size())
            return where + ": other attributes";
        for (const graph::Attribute& attribute : a.attributes) {
            const graph::Attribute* other = b.attribute(attribute.name);
            if (!other || !graph::equal(attribute.value, other->value))
                return fmt::format("{}: attribute {} is {} and {}", where, attribute.name, attribute.text(),
                                   other ? other->text() : "not there");
        }
        if (a.inputs.size() != b.inputs.size() || a.outputs.size() != b.outputs.size())
            return where + ": other inputs or outputs";
        for (std::size_t i = 0; i < a.inputs.size(); ++i)
            if (std::string why = values(a.inputs[i], b.inputs[i]); !why.empty())
                return fmt::format("{}: input {}: {}", where, i, why);
        return {};
    }

    const Model &m_a, &m_b;
    std::map<ValueId, ValueId> m_inputs;
    std::map<NodeId, NodeId> m_pairs;
    std::vector<std::pair<NodeId, NodeId>> m_open;
};

int extract(const std::string& path, const std::filesystem::path& folder)
{
    auto model = formats::readModel(path);
    if (!model.ok()) {
        fmt::print(stderr, "{}\n", model.error().text());
        return 2;
    }
    for (ValueId id : model->graph.main().initializers) {
        const graph::Value& value = model->graph.value(id);
        auto written = formats::writeTensor(value.initializer->tensor, folder / (value.name + ".npy"));
        if (!written.ok()) {
            fmt::print(stderr, "{}\n", written.error().text());
            return 2;
        }
    }
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc == 4 && std::string_view(argv[1]) == "--extract")
        return extract(argv[2], argv[3]);
    if (argc != 3) {
        fmt::print(stderr, "usage: same_up_to_names A B | --extract MODEL FOLDER\n");
        return 2;
    }
    auto a = formats::readModel(argv[1]);
    auto b = formats::readModel(argv[2]);
    for (const auto* model : {&a, &b})
        if (!model->ok()) {
            fmt::print(stderr, "{}\n", model->error().text());
            return 2;
        }
    const std::string why = Comparison(*a, *b).difference();
    if (!why.empty())
        fmt::print("{}\n", why);
    return why.empty() ? 0 : 1;
}
