// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/model.h"

namespace orrery::graph {
namespace {

std::string_view canonicalDomain(std::string_view domain)
{
    return domain == "ai.onnx" ? std::string_view() : domain;
}

} // namespace

std::int64_t Model::opsetVersion(std::string_view opsetDomain) const
{
    for (const OpsetImport& opset : opsets)
        if (canonicalDomain(opset.domain) == canonicalDomain(opsetDomain))
            return opset.version;
    return 0;
}

std::int64_t Model::opsetVersion(const Node& node) const
{
    return node.opsetVersion != 0 ? node.opsetVersion : opsetVersion(node.domain);
}

const Function* Model::findFunction(std::string_view functionDomain, std::string_view functionName,
                                    std::string_view overload) const
{
    for (const Function& function : functions)
        if (canonicalDomain(function.domain) == canonicalDomain(functionDomain) &&
            function.name == functionName && function.overload == overload)
            return &function;
    return nullptr;
}

} // namespace orrery::graph
