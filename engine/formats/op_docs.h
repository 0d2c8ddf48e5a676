#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the ONNX standard says of an operator: documentation, attributes, inputs and outputs, as plain text
// for people. From the schemas of the installed libonnx, which may be older than a model's operator set;
// sinceVersion tells. Thread-safe after the first call.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::formats {

enum class ParameterCount { One, Optional, Variadic };

struct OpParameter {
    std::string name;
    std::string types; // "T", "tensor(int64)"
    std::vector<std::string> allowedTypes;
    std::string doc;
    ParameterCount count = ParameterCount::One;
};

struct OpAttributeDoc {
    std::string name;
    std::string type; // "int", "floats", "graph"
    bool required = false;
    std::string defaultText; // "1", "\"NOTSET\""; empty when there is none
    std::string doc;
};

struct OpDoc {
    std::string domain;
    std::string name;
    std::int64_t sinceVersion = 0;
    bool deprecated = false;
    std::string doc; // Markdown, as written in the standard
    std::vector<OpAttributeDoc> attributes;
    std::vector<OpParameter> inputs;
    std::vector<OpParameter> outputs;
};

// The newest definition up to that version of the domain's operator set; nullopt for an operator that the
// standard does not know.
std::optional<OpDoc> opDoc(std::string_view domain, std::string_view opType, std::int64_t version);

struct OpName {
    std::string domain;
    std::string name;

    friend auto operator<=>(const OpName&, const OpName&) = default;
};
std::vector<OpName> documentedOps(); // sorted; those that are not deprecated

} // namespace orrery::formats
