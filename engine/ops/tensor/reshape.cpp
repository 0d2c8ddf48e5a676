// SPDX-License-Identifier: Apache-2.0
//
// The dim that -1 stands for is the input's element count over the product of the other output dims. With
// symbolic dims both products are kept as lists of factors and equal factors cancel, so that N×12×H×64 viewed
// as [N, -1, 768] gives H and not "(N * H * 768) / (N * 768)".
#include "engine/base/checked_math.h"
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace orrery::ops {
namespace {

using graph::Dim;
using graph::Shape;

struct Factors {
    std::int64_t number = 1;
    std::vector<std::string> symbols;
    bool unknown = false;
};

// The factors of "a * (b + 1) * 3"; the whole text alone when its outermost operator is another one.
void addSymbol(Factors& factors, std::string_view text)
{
    std::vector<std::string> parts(1);
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        quoted = quoted != (c == '`');
        depth += quoted ? 0 : c == '(' ? 1 : c == ')' ? -1 : 0;
        bool isOperator = depth == 0 && !quoted && c == ' ' && i + 2 < text.size() && text[i + 2] == ' ';
        if (isOperator && text[i + 1] != '*') {
            factors.symbols.emplace_back(text);
            return;
        }
        if (isOperator) {
            parts.emplace_back();
            i += 2;
        } else {
            parts.back() += c;
        }
    }
    for (std::string& part : parts) {
        bool digits =
            !part.empty() && part.size() <= 15 && part.find_first_not_of("0123456789") == std::string::npos;
        if (digits && parts.size() > 1) {
            if (auto product = checkedMul(factors.number, std::stoll(part)))
                factors.number = *product;
            else
                factors.unknown = true;
        } else if (parts.size() > 1 && part.size() > 2 && part.front() == '(' && part.back() == ')') {
            factors.symbols.push_back(part.substr(1, part.size() - 2));
        } else {
            factors.symbols.push_back(std::move(part));
        }
    }
}

Factors factorsOf(std::span<const Dim> dims)
{
    Factors factors;
    for (const Dim& dim : dims) {
        if (dim.isSymbolic())
            addSymbol(factors, dim.symbol());
        else if (auto product = dim.isKnown() ? checkedMul(factors.number, dim.value()) : std::nullopt)
            factors.number = *product;
        else
            factors.unknown = true;
    }
    return factors;
}

Dim product(const Factors& factors)
{
    Dim result = 1;
    for (const std::string& symbol : factors.symbols)
        result = result * Dim::symbolic(symbol);
    return result * Dim(factors.number);
}

// The product of the dims of all over that of some.
Result<Dim> quotient(std::span<const Dim> all, std::span<const Dim> some)
{
    std::vector<Dim> top(all.begin(), all.end());
    std::vector<Dim> bottom;
    for (const Dim& dim : some) { // whole dims first, so that even an unnamed product cancels
        auto at = dim.isUnknown() ? top.end() : std::find(top.begin(), top.end(), dim);
        if (at != top.end())
            top.erase(at);
        else
            bottom.push_back(dim);
    }
    Factors n = factorsOf(top);
    Factors d = factorsOf(bottom);
    if (n.unknown || d.unknown || d.number == 0)
        return Dim::unknown();
    for (auto symbol = d.symbols.begin(); symbol != d.symbols.end();) {
        auto at = std::find(n.symbols.begin(), n.symbols.end(), *symbol);
        if (at == n.symbols.end()) {
            ++symbol;
        } else {
            n.symbols.erase(at);
            symbol = d.symbols.erase(symbol);
        }
    }
    if (n.symbols.empty() && d.symbols.empty() && n.number % d.number != 0)
        return badInput(fmt::format("{} elements cannot be cut into pieces of {}", n.number, d.number));
    std::int64_t common = std::gcd(n.number, d.number);
    if (common > 1) {
        n.number /= common;
        d.number /= common;
    }
    return floorDiv(product(n), product(d));
}

Result<std::vector<Dim>> resolved(const Shape* input, std::span<const Dim> target,
                                  const std::optional<std::vector<std::int64_t>>& numbers, bool zeroMeansCopy)
{
    std::vector<Dim> dims(target.begin(), target.end());
    std::optional<std::size_t> open; // the one dim that follows from the others
    std::size_t openCount = 0;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        if (numbers && (*numbers)[i] < -1)
            return badInput(fmt::format("the new shape has the dim {}", (*numbers)[i]));
        if (zeroMeansCopy && dims[i] == Dim(0)) {
            if (input != nullptr && i >= input->rank())
                return badInput(fmt::format("dim {} of the new shape is copied from an input of rank {}", i,
                                            input->rank()));
            dims[i] = input == nullptr ? Dim::unknown() : input->dims[i];
            if (dims[i].isUnknown()) // known to be equal, though not what it is
                return dims;
        } else if (dims[i].isUnknown()) {
            open = i;
            ++openCount;
        }
    }
    if (numbers && std::count(numbers->begin(), numbers->end(), -1) > 1)
        return badInput("the new shape has more than one dim of -1");
    if (input == nullptr)
        return dims;
    if (openCount == 1) {
        std::vector<Dim> others = dims;
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(*open));
        dims[*open] = TRY(quotient(input->dims, others));
    } else if (openCount == 0 && input->isStatic() && Shape(dims).isStatic() &&
               input->elementCount() != Shape(dims).elementCount()) {
        return badInput(fmt::format("a tensor {} cannot be viewed as {}", input->text(), Shape(dims).text()));
    }
    return dims;
}

IntsArgument newShape(const graph::Node& node, std::int64_t opset) { return {node, opset, "shape", 1, 5}; }

Result<void> infer(InferContext& context)
{
    IntsArgument argument = newShape(context.node(), context.opsetVersion());
    const Shape* input = context.inputShape(0);
    std::optional<Shape> output;
    if (auto target = argument.inferredDims(context)) {
        bool zeroMeansCopy = context.node().intAttribute("allowzero", 0) == 0;
        output = Shape(TRY(resolved(input, *target, argument.inferred(context), zeroMeansCopy)));
    } else if (const Shape* length = context.inputShape(1)) {
        if (length->rank() == 1 && length->dims[0].isKnown() && length->dims[0].value() <= 64)
            output = Shape(std::vector<Dim>(static_cast<std::size_t>(length->dims[0].value())));
    }
    context.setTensor(0, context.inputElement(0), output);
    passShapeValue(context, output);
    return {};
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    bool zeroMeansCopy = info.node.intAttribute("allowzero", 0) == 0;
    auto argument = newShape(info.node, info.opsetVersion);
    return makeKernel([argument, zeroMeansCopy](KernelContext& context) -> Result<void> {
        const graph::Tensor* input = TRY(requiredInput(context, 0));
        graph::Dims dims = TRY(argument.value(context));
        std::optional<std::size_t> open;
        for (std::size_t i = 0; i < dims.size(); ++i) {
            if (dims[i] == 0 && zeroMeansCopy) {
                if (i >= input->rank())
                    return runError(fmt::format("dim {} of the new shape is copied from an input of rank {}",
                                                i, input->rank()));
                dims[i] = input->dims()[i];
            } else if (dims[i] == -1 && !open) {
                open = i;
            } else if (dims[i] < 0) {
                return runError(dims[i] == -1 ? std::string("the new shape has more than one dim of -1")
                                              : fmt::format("the new shape has the dim {}", dims[i]));
            }
        }
        if (open) {
            dims[*open] = 1;
            auto others = checkedElementCount(dims);
            if (!others || *others == 0 || input->elementCount() % *others != 0)
                return runError(fmt::format("{} elements cannot be viewed as {} with dim {} open",
                                            input->elementCount(), graph::dimsText(dims), *open));
            dims[*open] = input->elementCount() / *others;
        }
        if (checkedElementCount(dims) != input->elementCount())
            return runError(fmt::format("a tensor {} cannot be viewed as {}", graph::dimsText(input->dims()),
                                        graph::dimsText(dims)));
        return copyReshaped(context, *input, dims);
    });
}

} // namespace

OpList reshape()
{
    return {{.name = "Reshape",
             .firstVersion = 1,
             .lastVersion = newestOpset,
             .doc = "The same elements under other dims; one dim may be -1, and 0 copies the input's dim "
                    "(Reshape-1, -5, -13, -14, -19, -21).",
             .category = OpCategory::Tensor,
             .minInputs = 1,
             .maxInputs = 2,
             .infer = infer,
             .kernel = kernel,
             .cost = viewCost,
             .inPlace = {{0, 0}}}};
}

} // namespace orrery::ops
