// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/schema_check.h"

#include "engine/base/text.h"
#include "engine/formats/standard_inference.h"

#include <fmt/format.h>
#include <onnx/defs/schema.h>

#include <algorithm>
#include <climits>
#include <exception>
#include <map>
#include <set>

namespace orrery::formats {
namespace {

using graph::Graph;
using graph::Model;
using graph::Node;
using onnx::AttributeProto;
using onnx::OpSchema;

constexpr std::size_t mostProblems = 1000;

int kindOf(const graph::AttributeValue& value)
{
    struct Kind {
        int operator()(const std::monostate&) const { return AttributeProto::UNDEFINED; }
        int operator()(const std::int64_t&) const { return AttributeProto::INT; }
        int operator()(const float&) const { return AttributeProto::FLOAT; }
        int operator()(const std::string&) const { return AttributeProto::STRING; }
        int operator()(const graph::Tensor&) const { return AttributeProto::TENSOR; }
        int operator()(const RegionId&) const { return AttributeProto::GRAPH; }
        int operator()(const std::vector<std::int64_t>&) const { return AttributeProto::INTS; }
        int operator()(const std::vector<float>&) const { return AttributeProto::FLOATS; }
        int operator()(const std::vector<std::string>&) const { return AttributeProto::STRINGS; }
        int operator()(const std::vector<graph::Tensor>&) const { return AttributeProto::TENSORS; }
        int operator()(const std::vector<RegionId>&) const { return AttributeProto::GRAPHS; }
        int operator()(const graph::OpaqueAttribute& opaque) const { return opaque.onnxType; }
    };
    return std::visit(Kind(), value);
}

// An empty list is written without a kind that tells ints from floats.
bool isEmptyList(const graph::AttributeValue& value)
{
    const auto* ints = std::get_if<std::vector<std::int64_t>>(&value);
    const auto* floats = std::get_if<std::vector<float>>(&value);
    const auto* texts = std::get_if<std::vector<std::string>>(&value);
    return (ints != nullptr && ints->empty()) || (floats != nullptr && floats->empty()) ||
           (texts != nullptr && texts->empty());
}

std::string shown(const std::string& name) { return "\"" + displayText(name, 100) + "\""; }

class Check {
public:
    Check(const Model& model, const std::vector<graph::ValueType>& types, const std::vector<Problem>& found)
        : m_model(model)
        , m_types(types)
    {
        for (const Problem& problem : found)
            if (problem.nodeId.valid()) {
                m_doubted.insert(problem.nodeId);
                if (problem.severity == Severity::Error)
                    m_told.insert(problem.nodeId);
            }
        for (const auto& [domain, range] : onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map())
            m_newest[domain] = range.second;
    }

    std::vector<Problem> run()
    {
        nodesOf(m_model.graph, {}, true);
        for (const graph::Function& function : m_model.functions) {
            nodesOf(function.body, function.opsets, false);
            sameMeaning(function);
        }
        const graph::Region& main = m_model.graph.main();
        if (main.name.empty())
            tell("unnamed-graph", nullptr, "the graph has no name", "Give it one; ONNX asks for it.");
        bodies();
        for (ValueId id : main.inputs)
            typed(id, "input");
        for (ValueId id : main.outputs)
            typed(id, "output");
        return std::move(m_problems);
    }

private:
    void tell(const char* code, const Node* node, std::string text, std::string remedy)
    {
        if (m_problems.size() < mostProblems)
            m_problems.push_back({Severity::Warning, code,
                                  node == nullptr ? std::string() : node->displayName(),
                                  node == nullptr || !m_idsAreTheModels ? NodeId() : node->id,
                                  std::move(text), std::move(remedy)});
    }

    // The operator's schema; null when the installed library cannot know it.
    const OpSchema* schemaOf(const Node& node, const std::vector<graph::OpsetImport>& imports) const
    {
        const std::string domain = node.domain == "ai.onnx" ? std::string() : node.domain;
        std::int64_t version = imports.empty() ? m_model.opsetVersion(node) : 0;
        for (const graph::OpsetImport& import : imports)
            if (import.domain == domain || (domain.empty() && import.domain == "ai.onnx"))
                version = import.version;
        const auto newest = m_newest.find(domain);
        if (newest == m_newest.end() || version < 1 || version > newest->second)
            return nullptr;
        return onnx::OpSchemaRegistry::Schema(node.opType, static_cast<int>(version), domain);
    }

    void nodesOf(const Graph& graph, const std::vector<graph::OpsetImport>& imports, bool idsAreTheModels)
    {
        m_idsAreTheModels = idsAreTheModels;
        for (std::size_t i = 0; i < graph.nodeSlots() && m_problems.size() < mostProblems; ++i) {
            const Node& node = graph.node(NodeId(i));
            if (!node.alive || (idsAreTheModels && m_told.contains(node.id)) ||
                m_model.findFunction(node.domain, node.opType, node.overload) != nullptr)
                continue;
            if (const OpSchema* schema = schemaOf(node, imports)) {
                const std::size_t before = m_problems.size();
                attributes(node, *schema);
                counts(node, *schema);
                if (idsAreTheModels)
                    elementTypes(node, *schema);
                unwritten(node);
                if (idsAreTheModels && m_problems.size() == before && !m_doubted.contains(node.id))
                    inference(node, *schema);
            }
            if (idsAreTheModels && !node.regions().empty() &&
                (node.domain.empty() || node.domain == "ai.onnx"))
                bodyOf(node);
        }
        m_idsAreTheModels = true;
    }

    // A function may import another version of a set only where its operators are the same in both.
    void sameMeaning(const graph::Function& function)
    {
        for (std::size_t i = 0; i < function.body.nodeSlots(); ++i) {
            const Node& node = function.body.node(NodeId(i));
            if (!node.alive)
                continue;
            const OpSchema *inside = schemaOf(node, function.opsets), *outside = schemaOf(node, {});
            if (inside != nullptr && outside != nullptr && inside != outside) {
                tell("function-opset", nullptr,
                     fmt::format("function {} imports another version of the operator set than the model, in "
                                 "which {} is another operator",
                                 shown(function.name), shown(node.opType)),
                     "Import the same version in both, or inline the function.");
                return;
            }
        }
    }

    void bodies()
    {
        const Graph& graph = m_model.graph;
        for (std::size_t i = 0; i < graph.nodeSlots(); ++i)
            for (RegionId body :
                 graph.node(NodeId(i)).alive ? graph.node(NodeId(i)).regions() : std::vector<RegionId>())
                if (graph.region(body).name.empty())
                    tell("unnamed-graph", &graph.node(NodeId(i)), "a body of it has no name",
                         "Give it one; ONNX asks for it.");
    }

    void attributes(const Node& node, const OpSchema& schema)
    {
        const auto& known = schema.attributes();
        for (const graph::Attribute& attribute : node.attributes) {
            const auto found = known.find(attribute.name);
            if (found == known.end()) {
                tell("unknown-attribute", &node,
                     fmt::format("{} has no attribute {} in this version of the operator set", node.opType,
                                 shown(attribute.name)),
                     "Remove it; other programs refuse the file.");
                continue;
            }
            const int kind = kindOf(attribute.value);
            if (attribute.reference.empty() && kind != found->second.type && !isEmptyList(attribute.value))
                tell("attribute-kind", &node,
                     fmt::format("attribute {} of {} is of another kind than the standard says",
                                 shown(attribute.name), node.opType),
                     "Set it anew; the operator's documentation tells its kind.");
        }
        for (const auto& [name, attribute] : known)
            if (attribute.required && node.attribute(name) == nullptr)
                tell("missing-attribute", &node,
                     fmt::format("{} must have the attribute {}", node.opType, shown(name)), "Set it.");
    }

    // What the standard says in words alone and programs insist on.
    void unwritten(const Node& node)
    {
        if (!node.domain.empty() && node.domain != "ai.onnx")
            return;
        if ((node.opType == "LSTM" || node.opType == "GRU" || node.opType == "RNN") &&
            node.intAttribute("hidden_size", 0) < 1 && !isReference(node, "hidden_size"))
            tell("missing-attribute", &node,
                 fmt::format("{} needs \"hidden_size\", a number above 0; other programs refuse it without",
                             node.opType),
                 "Set it to the rows of the recurrence weights, divided by the gates.");
        if (node.opType != "Resize" || !m_idsAreTheModels || m_model.opsetVersion(node) < 11)
            return;
        const bool hasScales = node.inputs.size() > 2 && hasElements(node.inputs[2]);
        const bool hasSizes = node.inputs.size() > 3 && hasElements(node.inputs[3]);
        if (hasScales == hasSizes)
            tell("schema-arity", &node,
                 fmt::format("Resize has {} scales {} sizes, the standard wants one of them",
                             hasScales ? "both" : "neither", hasScales ? "and" : "nor"),
                 hasScales ? "Disconnect one of the two." : "Connect one of the two.");
    }

    static bool isReference(const Node& node, const char* name)
    {
        const graph::Attribute* attribute = node.attribute(name);
        return attribute != nullptr && !attribute->reference.empty();
    }

    bool hasElements(ValueId id) const
    {
        if (!id.valid() || id.index() >= m_types.size())
            return false;
        const graph::ValueType& type = m_types[id.index()];
        return !type.shape || type.shape->elementCount() != graph::Dim(0);
    }

    void counts(const Node& node, const OpSchema& schema)
    {
        auto check = [&](const char* what, std::size_t count, int least, int most) {
            const auto found = static_cast<std::int64_t>(count);
            if (found < least || found > most)
                tell("schema-arity", &node,
                     fmt::format("{} has {} {}, the standard's version of it {}", node.opType, found, what,
                                 least == most     ? std::to_string(least)
                                 : most == INT_MAX ? fmt::format("at least {}", least)
                                                   : fmt::format("{} to {}", least, most)),
                     "Connect what is missing, or take away what is too much.");
        };
        check("inputs", node.inputs.size(), schema.min_input(), schema.max_input());
        check("outputs", node.outputs.size(), schema.min_output(), schema.max_output());
    }

    // "tensor(float)"; empty where it is not known.
    std::string typeOf(ValueId id) const
    {
        if (!id.valid() || id.index() >= m_types.size())
            return {};
        const graph::ValueType& type = m_types[id.index()];
        const bool isKnown =
            type.kind == graph::TypeKind::Tensor && type.element != graph::DataType::Undefined;
        return isKnown ? fmt::format("tensor({})", graph::name(type.element)) : std::string();
    }

    void elementTypes(const Node& node, const OpSchema& schema)
    {
        const auto& formals = schema.inputs();
        std::map<std::string, std::string> bound; // the standard's type variables
        for (std::size_t i = 0; i < node.inputs.size() && !formals.empty(); ++i) {
            const auto& formal = formals[std::min(i, formals.size() - 1)];
            if (!node.inputs[i].valid()) {
                if (formal.GetOption() == OpSchema::Single)
                    tell("schema-arity", &node, fmt::format("input {} of {} is open", i, node.opType),
                         "Connect it.");
                continue;
            }
            const std::string type = typeOf(node.inputs[i]);
            const auto& allowed = formal.GetTypes();
            if (type.empty() || allowed.empty())
                continue;
            const bool isAllowed = std::any_of(allowed.begin(), allowed.end(),
                                               [&](const std::string* other) { return *other == type; });
            const bool isFree = formal.GetOption() == OpSchema::Variadic && !formal.GetIsHomogeneous();
            const std::string& same =
                isFree ? type : bound.try_emplace(formal.GetTypeStr(), type).first->second;
            if (!isAllowed)
                tell("schema-type", &node,
                     fmt::format("input {} of {} is {}, which the standard does not allow there", i,
                                 node.opType, type),
                     "Insert a Cast.");
            else if (same != type)
                tell("schema-type", &node,
                     fmt::format("input {} of {} is {} where another is {}; the standard wants the same", i,
                                 node.opType, type, same),
                     "Insert a Cast.");
        }
    }

    // The standard's own inference, against what is known of the outputs.
    void inference(const Node& node, const OpSchema& schema)
    {
        const StandardAnswer answer = askStandard(m_model.graph, node, schema, m_types);
        if (!answer.refusal.empty())
            return tell("schema-inference", &node,
                        fmt::format("{} does not hold up to the standard: {}", node.opType,
                                    displayText(answer.refusal, 300)),
                        "Change its inputs or attributes; other programs refuse the file.");
        for (std::size_t i = 0; i < node.outputs.size(); ++i) {
            if (!node.outputs[i].valid())
                continue;
            const graph::ValueType& declared = m_model.graph.value(node.outputs[i]).type;
            if (contradict(declared, answer.outputs[i]))
                tell("schema-type", &node,
                     fmt::format("output {} of {} is {} by the standard, and declared as {}", i, node.opType,
                                 answer.outputs[i].text(), declared.text()),
                     "Correct or remove the declared type.");
        }
    }

    static bool contradict(const graph::ValueType& a, const graph::ValueType& b)
    {
        if (a.kind == graph::TypeKind::Unknown || b.kind == graph::TypeKind::Unknown)
            return false;
        if (a.kind != b.kind)
            return true;
        if (a.kind != graph::TypeKind::Tensor)
            return !a.inner.empty() && !b.inner.empty() && contradict(a.inner.front(), b.inner.front());
        if (a.element != b.element && a.element != graph::DataType::Undefined &&
            b.element != graph::DataType::Undefined)
            return true;
        if (!a.shape || !b.shape)
            return false;
        if (a.shape->dims.size() != b.shape->dims.size())
            return true;
        for (std::size_t i = 0; i < a.shape->dims.size(); ++i) {
            const graph::Dim &one = a.shape->dims[i], &other = b.shape->dims[i];
            if (one.isKnown() && other.isKnown() && one.value() != other.value())
                return true;
        }
        return false;
    }

    // What goes into a body and comes out of it: how many, and of what type by declaration and as it follows.
    void bodyOf(const Node& node)
    {
        for (const graph::Attribute& attribute : node.attributes) {
            const auto* body = std::get_if<RegionId>(&attribute.value);
            if (body == nullptr)
                continue;
            const graph::Region& region = m_model.graph.region(*body);
            std::size_t inputs = region.inputs.size(), outputs = region.outputs.size();
            if (node.opType == "If") {
                inputs = 0;
                outputs = node.outputs.size();
            } else if (node.opType == "Loop") {
                inputs = std::max<std::size_t>(node.inputs.size(), 2);
                outputs = node.outputs.size() + 1;
            } else if (node.opType == "Scan") {
                inputs = node.inputs.size();
                outputs = node.outputs.size();
            }
            if (inputs != region.inputs.size() || outputs != region.outputs.size())
                tell("body-arity", &node,
                     fmt::format("{} takes {} and gives {}; {} wants {} and {}", shown(attribute.name),
                                 region.inputs.size(), region.outputs.size(), node.opType, inputs, outputs),
                     "Make the inputs and outputs of the body fit its node.");
            else
                bodyTypes(node, region);
        }
    }

    void bodyTypes(const Node& node, const graph::Region& body)
    {
        for (ValueId id : body.inputs) {
            if (!id.valid() || id.index() >= m_types.size())
                continue;
            const graph::Value& value = m_model.graph.value(id);
            if (contradict(value.type, m_types[id.index()]))
                tell("schema-type", &node,
                     fmt::format("the body's input {} is declared as {}, but gets {}", shown(value.name),
                                 value.type.text(), m_types[id.index()].text()),
                     "Correct or remove the declared type.");
        }
    }

    void typed(ValueId id, const char* what)
    {
        const graph::Value& value = m_model.graph.value(id);
        const Node* maker =
            m_model.graph.contains(value.producer) ? &m_model.graph.node(value.producer) : nullptr;
        const graph::ValueType& type = value.type;
        const bool isTensor = type.kind == graph::TypeKind::Tensor;
        if (type.kind == graph::TypeKind::Unknown || (isTensor && type.element == graph::DataType::Undefined))
            tell("untyped-value", maker, fmt::format("graph {} {} has no type", what, shown(value.name)),
                 "Declare it; other programs refuse the file.");
        else if (isTensor && !type.shape)
            tell("untyped-value", maker, fmt::format("graph {} {} has no shape", what, shown(value.name)),
                 "Declare at least how many dimensions it has; the ONNX checker asks for it.");
    }

    const Model& m_model;
    const std::vector<graph::ValueType>& m_types;
    std::set<NodeId> m_told, m_doubted;  // with an error, with any problem before
    std::map<std::string, int> m_newest; // version of each domain that the library knows
    std::vector<Problem> m_problems;
    bool m_idsAreTheModels = true;
};

} // namespace

std::vector<Problem> checkSchemas(const Model& model, const std::vector<graph::ValueType>& types,
                                  const std::vector<Problem>& found)
{
    try {
        return Check(model, types, found).run();
    } catch (const std::exception&) {
        return {}; // a schema that the library itself finds wrong
    }
}

} // namespace orrery::formats
