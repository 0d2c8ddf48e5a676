// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/attribute.h"

#include "engine/base/text.h"

#include <fmt/format.h>

namespace orrery::graph {
namespace {

std::string quoted(const std::string& text, std::size_t maxBytes)
{
    return "\"" + displayText(text, maxBytes) + "\"";
}

std::string tensorText(const Tensor& tensor)
{
    if (tensor.elementCount() <= 8 && tensor.type() != DataType::String) {
        auto values = tensor.toDoubles();
        if (values.ok() && tensor.rank() == 0 && values->size() == 1)
            return fmt::format("{:g}", values->front());
        if (values.ok()) {
            std::string text = "[";
            for (double v : *values)
                text += fmt::format("{}{:g}", text.size() > 1 ? ", " : "", v);
            return text + "]";
        }
    }
    return fmt::format("{} tensor {}", name(tensor.type()), dimsText(tensor.dims()));
}

template<class T, class F>
std::string list(const std::vector<T>& values, std::size_t maxBytes, F one)
{
    std::string text = "[";
    for (const T& value : values) {
        if (text.size() > maxBytes)
            return text + ", …]";
        text += (text.size() > 1 ? ", " : "") + one(value);
    }
    return text + "]";
}

} // namespace

std::string Attribute::text(std::size_t maxBytes) const
{
    struct Visitor {
        std::size_t limit;
        std::string operator()(std::monostate) const { return {}; }
        std::string operator()(std::int64_t v) const { return std::to_string(v); }
        std::string operator()(float v) const { return fmt::format("{:g}", v); }
        std::string operator()(const std::string& v) const { return quoted(v, limit); }
        std::string operator()(const Tensor& v) const { return tensorText(v); }
        std::string operator()(RegionId) const { return "graph"; }
        std::string operator()(const std::vector<std::int64_t>& v) const
        {
            return list(v, limit, [](std::int64_t x) { return std::to_string(x); });
        }
        std::string operator()(const std::vector<float>& v) const
        {
            return list(v, limit, [](float x) { return fmt::format("{:g}", x); });
        }
        std::string operator()(const std::vector<std::string>& v) const
        {
            return list(v, limit, [this](const std::string& x) { return quoted(x, limit); });
        }
        std::string operator()(const std::vector<Tensor>& v) const { return list(v, limit, tensorText); }
        std::string operator()(const std::vector<RegionId>& v) const
        {
            return fmt::format("{} graphs", v.size());
        }
        std::string operator()(const OpaqueAttribute& v) const
        {
            return fmt::format("ONNX attribute type {}", v.onnxType);
        }
    };
    if (!reference.empty())
        return "@" + displayText(reference, maxBytes);
    return std::visit(Visitor{maxBytes}, value);
}

} // namespace orrery::graph
