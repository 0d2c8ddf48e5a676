#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Inside of inference: one walk over the nodes in execution order, bodies of control flow inside of their
// node. Three kinds of knowledge travel along: the type of each value; for integer vectors, their elements as
// symbolic dims ("shape values"); and, for small tensors all of whose inputs are known, the tensor itself,
// got by running the kernel. The last makes chains such as Shape → Cast → Mul → Floor → Cast → Resize resolve
// once the input shapes are numbers. Linear in nodes. Borrows the model.

#include "engine/passes/infer.h"

namespace orrery::passes {

class InferenceWalk {
public:
    InferenceWalk(const graph::Model& model, const ops::OpRegistry& ops,
                  const std::map<ValueId, graph::ValueType>& inputTypes);

    // The nodes of a region, in order; a cycle is a problem, then none of them.
    void region(RegionId id);
    void node(const graph::Node& node);

    // The model from now on: the same one, edited, or a copy of that.
    void follow(const graph::Model& model);
    // What is known of a value before any node is walked: its tensor's type, or what is declared where
    // nothing makes it.
    void reset(ValueId id);

    Inference& result() { return m_result; }
    const Inference& result() const { return m_result; }
    const std::optional<std::vector<graph::Dim>>& shapeValue(ValueId id) const
    {
        return m_shapeValues[id.index()];
    }

private:
    enum class DeclaredDims { Use, Ignore };
    class Context;

    void resize();
    void forget(ValueId id);
    void problem(const graph::Node& node, std::string code, std::string text, std::string remedy);
    // A body may be walked several times, with other types each: nothing of an earlier walk may stay.
    void forgetBody(const graph::Region& body);
    // What the caller knows of a body's input, and what only its declaration says.
    graph::ValueType bodyInput(const graph::Node& owner, const graph::Region& body, std::size_t i,
                               graph::ValueType given) const;
    void keepDeclared(const graph::Node& node);
    void mergeDeclared(const graph::Node& node);
    void deduceKnown(const graph::Node& node, const ops::OpSpec& spec, std::int64_t version);
    const graph::Tensor* constant(ValueId id) const;

    const graph::Model* m_model;
    const graph::Graph* m_graph;
    const ops::OpRegistry& m_ops;
    DeclaredDims m_declaredDims;
    std::vector<std::optional<std::vector<graph::Dim>>> m_shapeValues;
    Inference m_result;
    int m_depth = 0;
    int m_uncertain = 0;         // bodies around that may not be carried out
    std::size_t m_bodyNodes = 0; // walked so far
};

} // namespace orrery::passes
