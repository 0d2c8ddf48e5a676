// SPDX-License-Identifier: Apache-2.0
#include "views/document/input_dims.h"

#include "engine/base/text.h"

#include <algorithm>
#include <charconv>

namespace orrery::document {
namespace {

constexpr std::size_t mostNumbers = 1000;

std::vector<const graph::Value*> fedInputs(const graph::Graph& graph)
{
    std::vector<const graph::Value*> fed;
    for (ValueId id : graph.main().inputs)
        if (graph.contains(id) && !graph.value(id).isConstant() && graph.value(id).type.shape)
            fed.push_back(&graph.value(id));
    return fed;
}

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Error usage(std::string_view text, const char* what)
{
    return {ErrorCode::Usage, "\"" + displayText(text, 200) + "\" is no " + what, {}};
}

Result<std::int64_t> parseNumber(std::string_view text)
{
    text = trimmed(text);
    std::int64_t number = 0;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || failed != std::errc() || end != text.data() + text.size() || number < 0)
        return usage(text, "number");
    return number;
}

// One item in a batch, small pictures, short sequences.
void addGuess(InputDim& dim, std::size_t rank)
{
    if (dim.axis == 0) {
        dim.guess = 1;
        dim.range = "1..32";
    } else if (rank == 4) {
        dim.guess = 320;
        dim.range = "160..1280";
    } else {
        dim.guess = 16;
        dim.range = "16..512";
    }
    if (dim.fixed > 0) {
        dim.guess = dim.fixed;
        dim.range = std::to_string(dim.fixed) + ".." +
                    std::to_string(dim.fixed > (std::int64_t(1) << 30) ? dim.fixed : dim.fixed * 8);
    }
}

} // namespace

std::vector<InputDim> inputDims(const graph::Graph& graph)
{
    std::vector<InputDim> open, fixed;
    for (const graph::Value* input : fedInputs(graph)) {
        const auto& dims = input->type.shape->dims;
        for (std::size_t axis = 0; axis < dims.size(); ++axis) {
            InputDim dim;
            dim.name =
                dims[axis].isSymbolic() ? dims[axis].symbol() : input->name + ":" + std::to_string(axis);
            dim.input = input->name;
            dim.axis = axis;
            dim.fixed = dims[axis].isKnown() ? dims[axis].value() : -1;
            addGuess(dim, dims.size());
            auto& into = dims[axis].isKnown() ? fixed : open;
            if (std::none_of(into.begin(), into.end(),
                             [&](const InputDim& known) { return known.name == dim.name; }))
                into.push_back(std::move(dim));
        }
    }
    open.insert(open.end(), fixed.begin(), fixed.end());
    return open;
}

std::string inputShapesText(const graph::Graph& graph)
{
    std::string text;
    for (const graph::Value* input : fedInputs(graph))
        text += (text.empty() ? "" : ", ") + input->name + " is " + input->type.shape->text();
    return text;
}

Result<std::vector<std::int64_t>> parseNumbers(std::string_view text)
{
    std::vector<std::int64_t> numbers;
    while (true) {
        const std::size_t comma = text.find(',');
        const std::string_view part = text.substr(0, comma);
        const std::size_t dots = part.find("..");
        const std::int64_t first = TRY(parseNumber(part.substr(0, dots)));
        const std::int64_t last =
            dots == std::string_view::npos ? first : TRY(parseNumber(part.substr(dots + 2)));
        if (last < first || (first == 0 && last > 0))
            return usage(part, "range: it doubles from the first number to the last");
        for (std::int64_t number = first; number < last && numbers.size() <= mostNumbers;
             number = number > last / 2 ? last : number * 2)
            numbers.push_back(number);
        numbers.push_back(last);
        if (numbers.size() > mostNumbers)
            return Error{ErrorCode::Usage, "more than a thousand numbers", {}};
        if (comma == std::string_view::npos)
            break;
        text.remove_prefix(comma + 1);
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

} // namespace orrery::document
