// SPDX-License-Identifier: Apache-2.0
//
// he and glorot keep the variance of what flows through a layer: He et al., "Delving deep into rectifiers",
// 2015 (normal, variance 2 / fan-in); Glorot and Bengio, "Understanding the difficulty of training deep
// feedforward neural networks", 2010 (uniform within sqrt(6 / (fan-in + fan-out))). Fans as for weights with
// the outputs first: O × I × kernel.
#include "engine/debug/expression_makers.h"

#include "engine/base/checked_math.h"
#include "engine/base/splitmix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::debug {
namespace {

struct Parameter {
    std::string_view name;
    std::optional<double> fallback;
};

struct Function {
    std::string_view name;
    std::string_view usage;
    std::vector<Parameter> parameters;
};

const std::vector<Function>& functions()
{
    static const std::vector<Function> all = {
        {"zeros", "zeros(dims…)", {}},
        {"ones", "ones(dims…)", {}},
        {"full", "full(number, dims…)", {{"value", {}}}},
        {"random", "random(seed, dims…)", {{"seed", {}}}},
        {"normal", "normal(mean, deviation, seed, dims…)", {{"mean", 0}, {"std", 1}, {"seed", 0}}},
        {"uniform", "uniform(low, high, seed, dims…)", {{"low", 0}, {"high", 1}, {"seed", 0}}},
        {"he", "he(seed, dims…)", {{"seed", 0}}},
        {"glorot", "glorot(seed, dims…)", {{"seed", 0}}},
        {"arange", "arange(), arange(stop), arange(start, stop) or arange(start, stop, step)", {}}};
    return all;
}

const Function* find(std::string_view name)
{
    for (const Function& function : functions())
        if (function.name == name)
            return &function;
    return nullptr;
}

Error usage(std::string message) { return Error{ErrorCode::Usage, std::move(message), {}}; }

constexpr double largestWhole = 9007199254740992.0; // 2^53: each integer up to it is a double

bool isWhole(double x) { return std::abs(x) <= largestWhole && std::trunc(x) == x; }

Result<graph::Dims> dimsFrom(const std::vector<double>& numbers)
{
    graph::Dims dims;
    for (double number : numbers) {
        if (!isWhole(number) || number < 0)
            return usage(fmt::format("{} is no dim; expected an integer of at least 0", number));
        dims.push_back(static_cast<std::int64_t>(number));
    }
    return dims;
}

// As many numbers as from start to stop; without any, as many as are wanted.
Result<Maker> rangeOf(const MakerCall& call, const std::optional<graph::Dims>& wanted)
{
    const auto& n = call.numbers;
    if (!call.named.empty() || n.size() > 3)
        return usage(fmt::format("expected {}", find("arange")->usage));
    Maker maker;
    double start = n.size() > 1 ? n[0] : 0;
    double step = n.size() > 2 ? n[2] : 1;
    if (n.empty()) {
        if (!wanted)
            return usage("arange() needs a shape that is wanted; give it an end: arange(10)");
        maker.dims = *wanted;
    } else {
        double count = std::ceil(((n.size() > 1 ? n[1] : n[0]) - start) / step);
        if (std::isnan(count) || count > largestWhole)
            return usage("arange: the step never reaches the end");
        maker.dims = {std::max<std::int64_t>(0, static_cast<std::int64_t>(count))};
    }
    if (isWhole(start) && isWhole(step))
        maker.type = graph::DataType::Int64;
    maker.parameters = {start, step};
    return maker;
}

struct Fans {
    double in = 1, out = 1;
};

Fans fansOf(const graph::Dims& dims)
{
    double kernel = 1;
    for (std::size_t i = 2; i < dims.size(); ++i)
        kernel *= static_cast<double>(dims[i]);
    Fans fans;
    fans.out = dims.empty() ? 1 : static_cast<double>(dims[0]) * kernel;
    fans.in = dims.size() < 2 ? fans.out : static_cast<double>(dims[1]) * kernel;
    return {std::max(1.0, fans.in), std::max(1.0, fans.out)};
}

} // namespace

bool isMaker(std::string_view name) { return find(name) != nullptr; }

Result<Maker> makerOf(const MakerCall& call, const std::optional<graph::Dims>& wanted)
{
    if (call.name == "arange")
        return rangeOf(call, wanted);
    const Function& function = *find(call.name);
    for (const auto& [name, value] : call.named)
        if (std::none_of(function.parameters.begin(), function.parameters.end(),
                         [&name = name](const Parameter& parameter) { return parameter.name == name; }))
            return usage(
                fmt::format("{} has no argument \"{}\"; expected {}", function.name, name, function.usage));
    Maker maker;
    std::size_t next = 0;
    for (const Parameter& parameter : function.parameters) {
        std::optional<double> value = parameter.fallback;
        if (auto named = call.named.find(std::string(parameter.name)); named != call.named.end())
            value = named->second;
        else if (next < call.numbers.size())
            value = call.numbers[next++];
        if (!value)
            return usage(fmt::format("expected {}", function.usage));
        if (parameter.name == "seed" && (!isWhole(*value) || *value < 0))
            return usage("a seed is an integer of at least 0");
        maker.parameters.push_back(*value);
    }
    std::vector<double> dims(call.numbers.begin() + static_cast<std::ptrdiff_t>(next), call.numbers.end());
    maker.dims = dims.empty() && wanted ? *wanted : TRY(dimsFrom(dims));
    return maker;
}

void fill(std::string_view name, const Maker& maker, graph::Tensor& tensor)
{
    const auto count = tensor.elementCount();
    const auto& p = maker.parameters;
    if (maker.type == graph::DataType::Int64) {
        for (std::int64_t i = 0; i < count; ++i)
            tensor.mutableData<std::int64_t>()[i] =
                static_cast<std::int64_t>(p[0]) + i * static_cast<std::int64_t>(p[1]);
        return;
    }
    float* out = tensor.mutableData<float>();
    auto each = [&](auto make) {
        for (std::int64_t i = 0; i < count; ++i)
            out[i] = static_cast<float>(make(i));
    };
    const Fans fans = fansOf(maker.dims);
    if (name == "ones" || name == "full") {
        each([&](std::int64_t) { return name == "ones" ? 1.0 : p[0]; });
    } else if (name == "arange") {
        each([&](std::int64_t i) { return p[0] + static_cast<double>(i) * p[1]; });
    } else if (name == "random") {
        SplitMix random(static_cast<std::uint64_t>(p[0]));
        each([&](std::int64_t) { return random.uniform(); });
    } else if (name == "normal") {
        SplitMix random(static_cast<std::uint64_t>(p[2]));
        each([&](std::int64_t) { return p[0] + p[1] * random.normal(); });
    } else if (name == "uniform") {
        SplitMix random(static_cast<std::uint64_t>(p[2]));
        each([&](std::int64_t) { return p[0] + (p[1] - p[0]) * random.uniform(); });
    } else if (name == "he") {
        SplitMix random(static_cast<std::uint64_t>(p[0]));
        each([&](std::int64_t) { return std::sqrt(2 / fans.in) * random.normal(); });
    } else if (name == "glorot") {
        SplitMix random(static_cast<std::uint64_t>(p[0]));
        const double bound = std::sqrt(6 / (fans.in + fans.out));
        each([&](std::int64_t) { return bound * (2 * random.uniform() - 1); });
    }
}

} // namespace orrery::debug
