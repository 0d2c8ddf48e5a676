// SPDX-License-Identifier: Apache-2.0
//
// Einsum over any number of operands, by its definition: for each element of the result, the sum over all
// values of the labels that the result lacks of the product of the operands' elements. Each operand keeps one
// stride for each label (0 where it lacks the label, the sum of strides where the label repeats: a diagonal).
// The innermost summed label runs as a plain loop. An ellipsis stands for the leading dims that have no
// label, aligned at their ends and broadcast; they get labels of their own. Sums of products of two large
// matrices are better written as MatMul.
#include "engine/base/text.h"
#include "engine/ops/checks.h"
#include "engine/ops/dispatch.h"
#include "engine/ops/gemm.h"
#include "engine/ops/op_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Dims;
using graph::Shape;
using EinsumTypes = TypeList<float, double, std::int64_t, std::int32_t, std::uint32_t, std::uint64_t>;

constexpr char ellipsis = '.';
constexpr int letters = 52;
constexpr std::size_t longestEllipsis = 32;
constexpr std::size_t labelCount = letters + longestEllipsis;

struct Equation {
    std::vector<std::string> terms; // letters, and one '.' for an ellipsis
    std::string result;
};

int indexOf(char letter) { return letter >= 'a' ? letter - 'a' + 26 : letter - 'A'; }

Result<std::string> parseTerm(std::string_view text)
{
    std::string term;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == ' ')
            continue;
        if (c == '.' && text.substr(i, 3) == "..." && term.find(ellipsis) == std::string::npos) {
            term += ellipsis;
            i += 2;
        } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
            term += c;
        } else {
            return badInput("expected letters and at most one ellipsis in a term of the equation, found \"" +
                            displayText(text, 100) + "\"");
        }
    }
    return term;
}

Result<Equation> parse(const graph::Node& node)
{
    const std::string text = node.stringAttribute("equation", "");
    const std::size_t arrow = text.find("->");
    const std::string_view left = std::string_view(text).substr(0, arrow);
    Equation equation;
    for (std::size_t begin = 0; begin <= left.size();) {
        const std::size_t end = std::min(left.find(',', begin), left.size());
        equation.terms.push_back(TRY(parseTerm(left.substr(begin, end - begin))));
        begin = end + 1;
    }
    if (arrow != std::string::npos) {
        equation.result = TRY(parseTerm(std::string_view(text).substr(arrow + 2)));
        for (std::size_t i = 0; i < equation.result.size(); ++i) {
            const char c = equation.result[i];
            const bool known = c == ellipsis || left.find(c) != std::string_view::npos;
            if (!known || equation.result.find(c, i + 1) != std::string::npos)
                return badInput("the result of equation \"" + displayText(text, 200) +
                                "\" has a label twice or one that no operand has");
        }
        return equation;
    }
    // Implicit: the ellipsis, then the labels that occur once, in the order of the alphabet.
    if (left.find('.') != std::string_view::npos)
        equation.result += ellipsis;
    std::string all;
    for (const std::string& term : equation.terms)
        all += term;
    std::sort(all.begin(), all.end());
    for (char c : all)
        if (c != ellipsis && std::count(all.begin(), all.end(), c) == 1)
            equation.result += c;
    return equation;
}

// Which label each axis of a term has; ellipsis axes have the labels from `letters` on, the last axis of
// every ellipsis having the highest.
Result<std::vector<std::size_t>> labelsOf(const std::string& term, std::size_t rank, std::string_view shape)
{
    const bool dotted = term.find(ellipsis) != std::string::npos;
    const std::size_t named = term.size() - (dotted ? 1 : 0);
    if (dotted ? rank < named || rank - named > longestEllipsis : rank != named)
        return badInput(fmt::format("expected an operand of rank {}{} for term \"{}\", found {}", named,
                                    dotted ? " or more" : "", term, shape));
    std::vector<std::size_t> labels;
    for (char c : term)
        if (c != ellipsis)
            labels.push_back(static_cast<std::size_t>(indexOf(c)));
        else
            for (std::size_t i = rank - named; i > 0; --i)
                labels.push_back(labelCount - i);
    return labels;
}

struct Labelled {
    std::array<Dim, labelCount> sizes;
    std::array<bool, labelCount> used = {};
    std::vector<std::vector<std::size_t>> operands;
    std::vector<std::size_t> result;
};

Result<Labelled> labelAll(const Equation& equation, const std::vector<Shape>& shapes)
{
    if (shapes.size() != equation.terms.size())
        return badInput(
            fmt::format("the equation has {} operands, the node {}", equation.terms.size(), shapes.size()));
    Labelled all;
    all.sizes.fill(Dim(1));
    std::size_t dotted = 0;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        all.operands.push_back(TRY(labelsOf(equation.terms[i], shapes[i].rank(), shapes[i].text())));
        for (std::size_t axis = 0; axis < shapes[i].rank(); ++axis) {
            const std::size_t label = all.operands[i][axis];
            const Dim& dim = shapes[i].dims[axis];
            Dim& size = all.sizes[label];
            if (label >= letters)
                dotted = std::max(dotted, labelCount - label);
            const bool one = size.isKnown() && size.value() == 1;
            if (!one && !(dim.isKnown() && dim.value() == 1) && !mayBeEqual(size, dim))
                return badInput(
                    fmt::format("the same label of the equation is {} in one operand and {} in another",
                                size.text(), dim.text()));
            if (!all.used[label] || one)
                size = dim;
            else if (dim.isKnown() && dim.value() != 1)
                size = dim;
            else if (!(size == dim) && !size.isKnown())
                size = Dim::unknown();
            all.used[label] = true;
        }
    }
    for (char c : equation.result)
        if (c != ellipsis)
            all.result.push_back(static_cast<std::size_t>(indexOf(c)));
        else
            for (std::size_t i = dotted; i > 0; --i)
                all.result.push_back(labelCount - i);
    return all;
}

Result<void> infer(InferContext& context)
{
    const Equation equation = TRY(parse(context.node()));
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < context.inputCount(); ++i)
        if (const Shape* shape = context.inputShape(i))
            shapes.push_back(*shape);
    std::optional<Shape> result;
    if (shapes.size() == context.inputCount()) {
        const Labelled all = TRY(labelAll(equation, shapes));
        result.emplace();
        for (std::size_t label : all.result)
            result->dims.push_back(all.sizes[label]);
    }
    context.setTensor(0, context.inputElement(0), std::move(result));
    return {};
}

// A loop over one label: how far each operand moves from one value to the next.
struct Loop {
    std::int64_t size = 1;
    std::vector<std::int64_t> strides;
};

// Moves to the next combination of the loops' values, the last loop fastest.
void advance(const std::vector<Loop>& loops, std::vector<std::int64_t>& index,
             std::vector<std::int64_t>& offsets)
{
    for (std::size_t l = loops.size(); l-- > 0;) {
        const bool more = ++index[l] < loops[l].size;
        const std::int64_t steps = more ? 1 : 1 - loops[l].size;
        for (std::size_t i = 0; i < offsets.size(); ++i)
            offsets[i] += loops[l].strides[i] * steps;
        if (more)
            return;
        index[l] = 0;
    }
}

template<class T>
T sumOfProducts(const std::vector<const T*>& data, const std::vector<std::int64_t>& start,
                const std::vector<Loop>& loops)
{
    T total = T(0);
    std::vector<std::int64_t> offsets = start;
    std::vector<std::int64_t> index(loops.size(), 0);
    std::int64_t count = 1;
    for (std::size_t l = 0; l + 1 < loops.size(); ++l)
        count *= loops[l].size;
    const std::vector<Loop> outer(loops.begin(), loops.empty() ? loops.end() : loops.end() - 1);
    const std::int64_t inner = loops.empty() ? 1 : loops.back().size;
    auto stride = [&](std::size_t i) { return loops.empty() ? 0 : loops.back().strides[i]; };
    for (std::int64_t n = 0; n < count; ++n) {
        for (std::int64_t k = 0; k < inner; ++k) {
            T term = data[0][offsets[0] + k * stride(0)];
            for (std::size_t i = 1; i < data.size(); ++i)
                term *= data[i][offsets[i] + k * stride(i)];
            total += term;
        }
        advance(outer, index, offsets);
    }
    return total;
}

template<class T>
Result<void> run(KernelContext& context, const Equation& equation)
{
    using U = Unsigned<T>;
    std::vector<Shape> shapes;
    std::vector<const U*> data;
    for (std::size_t i = 0; i < context.inputCount(); ++i) {
        shapes.push_back(Shape::of(context.input(i)->dims()));
        data.push_back(asUnsigned(context.input(i)->data<T>()));
    }
    const Labelled all = TRY(labelAll(equation, shapes));
    Dims dims;
    for (std::size_t label : all.result)
        dims.push_back(all.sizes[label].value());
    graph::Tensor* output = TRY(context.output(0, graph::dataTypeOf<T>(), dims));
    if (output->elementCount() == 0)
        return {};
    std::vector<Loop> loops(labelCount);
    for (std::size_t label = 0; label < labelCount; ++label) {
        loops[label].size = all.sizes[label].value();
        loops[label].strides.assign(data.size(), 0);
    }
    for (std::size_t i = 0; i < data.size(); ++i) {
        std::int64_t stride = 1;
        for (std::size_t axis = shapes[i].rank(); axis-- > 0;) {
            const std::int64_t size = shapes[i].dims[axis].value();
            if (size != 1)
                loops[all.operands[i][axis]].strides[i] += stride;
            stride *= std::max<std::int64_t>(size, 1);
        }
    }
    std::vector<Loop> kept;
    std::vector<Loop> summed;
    for (std::size_t label : all.result)
        kept.push_back(loops[label]);
    for (std::size_t label = 0; label < labelCount; ++label)
        if (all.used[label] && std::find(all.result.begin(), all.result.end(), label) == all.result.end())
            summed.push_back(loops[label]);
    U* out = asUnsigned(output->mutableData<T>());
    context.parallelFor(output->elementCount(), 256, [&](std::int64_t begin, std::int64_t end) {
        std::vector<std::int64_t> offsets(data.size(), 0);
        std::vector<std::int64_t> index(kept.size(), 0);
        std::int64_t rest = begin;
        for (std::size_t l = kept.size(); l-- > 0; rest /= kept[l].size) {
            index[l] = rest % kept[l].size;
            for (std::size_t i = 0; i < offsets.size(); ++i)
                offsets[i] += index[l] * kept[l].strides[i];
        }
        for (std::int64_t i = begin; i < end && !context.stopRequested(); ++i) {
            out[i] = sumOfProducts<U>(data, offsets, summed);
            advance(kept, index, offsets);
        }
    });
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    for (std::size_t i = 1; i < info.node.inputs.size(); ++i)
        TRY(expectElement(info, info.inputElement(0), {i}));
    const Equation equation = TRY(parse(info.node));
    return dispatch(EinsumTypes(), info.inputElement(0), [&](auto tag) -> Result<KernelPtr> {
        return makeKernel([equation](KernelContext& context) {
            return run<typename decltype(tag)::type>(context, equation);
        });
    });
}

// One multiplication for each operand beyond the first and one addition, for each combination of all labels.
Cost cost(const graph::Node& node, std::span<const TensorSize> inputs, std::span<const TensorSize> outputs)
{
    Cost result = copyCost(node, inputs, outputs);
    auto equation = parse(node);
    if (!equation.ok())
        return result;
    std::vector<Shape> shapes;
    for (const TensorSize& input : inputs)
        shapes.push_back(Shape::of(input.dims));
    auto all = labelAll(*equation, shapes);
    if (!all.ok())
        return result;
    result.flops = static_cast<double>(inputs.size());
    for (const Dim& size : all->sizes)
        result.flops *= static_cast<double>(size.value());
    return result;
}

} // namespace

OpList einsum()
{
    OpSpec spec;
    spec.name = "Einsum";
    spec.firstVersion = 12;
    spec.lastVersion = 23;
    spec.doc = "Sums of products by an equation over labelled dims. Einsum-12.";
    spec.category = OpCategory::MatrixMath;
    spec.minInputs = 1;
    spec.maxInputs = OpSpec::any;
    spec.infer = infer;
    spec.kernel = kernel;
    spec.cost = cost;
    return {spec};
}

} // namespace orrery::ops
