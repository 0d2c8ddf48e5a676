#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Model: what a file holds. One main Graph, local functions, operator set imports, metadata, and the problems
// found while reading it. A value type; whoever loaded it owns it.

#include "engine/base/problem.h"
#include "engine/graph/graph.h"

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::graph {

struct OpsetImport {
    std::string domain; // "" for ai.onnx
    std::int64_t version = 0;

    friend bool operator==(const OpsetImport&, const OpsetImport&) = default;
};

struct Function {
    std::string name;
    std::string domain;
    std::string overload;
    std::string doc;
    std::vector<std::string> attributes; // names without default
    std::vector<Attribute> attributeDefaults;
    std::vector<OpsetImport> opsets;
    Graph body; // main region's inputs and outputs are the function's
    std::string extra;
};

struct Model {
    std::int64_t irVersion = 0;
    std::string producerName;
    std::string producerVersion;
    std::string domain;
    std::int64_t modelVersion = 0;
    std::string doc;
    std::vector<OpsetImport> opsets;
    Metadata metadata;
    Graph graph;
    std::vector<Function> functions;
    std::string extra; // serialized ModelProto fields that are not modelled

    std::string sourcePath; // the file it was read from; external data are relative to its folder
    std::string format;     // name of the format it was read in: "onnx", "onnx_text"
    std::vector<Problem> loadProblems;

    // Version of the imported operator set; 0 when the domain is not imported. "" and "ai.onnx" are the same
    // domain.
    std::int64_t opsetVersion(std::string_view opsetDomain) const;
    std::int64_t opsetVersion(const Node& node) const; // the node's own, else that of its domain
    const Function* findFunction(std::string_view functionDomain, std::string_view functionName,
                                 std::string_view overload = {}) const;
};

} // namespace orrery::graph
