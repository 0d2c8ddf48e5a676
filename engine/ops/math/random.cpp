// SPDX-License-Identifier: Apache-2.0
//
// Operators that draw: RandomNormal, RandomUniform, their Like forms, Bernoulli and Multinomial. One draw of
// the run's generator (or the seed attribute, which then gives the same numbers in every run) starts a
// splitmix64 sequence for the node (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators,
// 2014). Normal numbers come by Box and Muller's transform. ONNX prescribes the distributions, not the
// numbers.
#include "engine/ops/math/convert.h"
#include "engine/ops/math/elementwise.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <numbers>

namespace orrery::ops {
namespace {

using graph::DataType;
using graph::Tensor;

class Generator {
public:
    explicit Generator(std::uint64_t seed)
        : m_state(seed)
    {}

    double uniform() // in [0, 1)
    {
        std::uint64_t z = m_state += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
    }
    double normal()
    {
        double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return radius * std::cos(2.0 * std::numbers::pi * uniform());
    }

private:
    std::uint64_t m_state;
};

struct Seed {
    std::optional<float> fixed;

    explicit Seed(const graph::Node& node)
    {
        if (node.attribute("seed") != nullptr)
            fixed = node.floatAttribute("seed", 0);
    }
    Generator start(KernelContext& context) const
    {
        return Generator(fixed ? std::bit_cast<std::uint32_t>(*fixed) : context.nextRandom());
    }
};

// draw(i) for each element, as the type of `out`.
template<class Draw>
void fill(Tensor& out, Draw draw)
{
    constexpr std::int64_t blockLength = 512;
    double block[blockLength];
    std::size_t size = graph::elementBytes(out.type());
    for (std::int64_t at = 0; at < out.elementCount(); at += blockLength) {
        std::int64_t n = std::min(blockLength, out.elementCount() - at);
        for (std::int64_t i = 0; i < n; ++i)
            block[i] = draw(at + i);
        convertElements(DataType::Float64, reinterpret_cast<const std::byte*>(block), out.type(),
                        out.mutableBytes() + static_cast<std::size_t>(at) * size, n);
    }
}

// The dtype attribute, else the fallback.
Result<DataType> typeOf(const graph::Node& node, DataType fallback)
{
    if (node.attribute("dtype") == nullptr)
        return fallback;
    std::int64_t number = node.intAttribute("dtype", 0);
    auto type =
        number > 0 && number < 1000 ? graph::dataTypeFromOnnx(static_cast<int>(number)) : std::nullopt;
    if (!type || !isConvertible(*type))
        return Error{ErrorCode::Unsupported,
                     fmt::format("attribute dtype: expected a number type, found {}", number),
                     {}};
    return *type;
}

enum class Distribution { Normal, Uniform };
enum class Form { Shaped, Like };

struct Distributed {
    Distribution distribution;
    double a = 0; // mean, or low
    double b = 1; // scale, or high

    Distributed(const graph::Node& node, Distribution d)
        : distribution(d)
        , a(node.floatAttribute(d == Distribution::Normal ? "mean" : "low", 0))
        , b(node.floatAttribute(d == Distribution::Normal ? "scale" : "high", 1))
    {}
    double draw(Generator& generator) const
    {
        return distribution == Distribution::Normal ? a + b * generator.normal()
                                                    : a + (b - a) * generator.uniform();
    }
};

Result<graph::Dims> shapeOf(const graph::Node& node)
{
    graph::Dims dims = node.intsAttribute("shape");
    for (std::int64_t dim : dims)
        if (dim < 0)
            return badInput(fmt::format("attribute shape: expected dims from 0 on, found {}", dim));
    return dims;
}

template<Form form>
Result<void> inferDistributed(InferContext& context)
{
    if (form == Form::Shaped) {
        context.setTensor(0, TRY(typeOf(context.node(), DataType::Float32)),
                          graph::Shape::of(TRY(shapeOf(context.node()))));
        return {};
    }
    const graph::Shape* shape = context.inputShape(0);
    context.setTensor(0, TRY(typeOf(context.node(), context.inputElement(0))),
                      shape == nullptr ? std::optional<graph::Shape>() : *shape);
    return {};
}

template<Distribution distribution, Form form>
Result<KernelPtr> makeDistributed(const KernelInfo& info)
{
    Distributed distributed(info.node, distribution);
    Seed seed(info.node);
    graph::Dims dims = form == Form::Shaped ? TRY(shapeOf(info.node)) : graph::Dims();
    DataType type = TRY(typeOf(info.node, form == Form::Shaped ? DataType::Float32 : DataType::Undefined));
    return makeKernel([=](KernelContext& context) -> Result<void> {
        graph::Dims outputDims = dims;
        DataType outputType = type;
        if (form == Form::Like) {
            const Tensor* like = TRY(requireInput(context, 0));
            outputDims = like->dims();
            if (outputType == DataType::Undefined)
                outputType = like->type();
        }
        TRY(requireType(outputType, isConvertible(outputType)));
        Tensor* out = TRY(context.output(0, outputType, outputDims));
        Generator generator = seed.start(context);
        fill(*out, [&](std::int64_t) { return distributed.draw(generator); });
        return {};
    });
}

Result<KernelPtr> makeBernoulli(const KernelInfo& info)
{
    Seed seed(info.node);
    DataType type = TRY(typeOf(info.node, DataType::Undefined));
    return makeKernel([=](KernelContext& context) -> Result<void> {
        const Tensor* in = TRY(requireInput(context, 0));
        TRY(requireType(in->type(), graph::isFloatingPoint(in->type()) && isConvertible(in->type())));
        Tensor* out = TRY(context.output(0, type == DataType::Undefined ? in->type() : type, in->dims()));
        std::vector<double> chances = TRY(in->toDoubles());
        Generator generator = seed.start(context);
        fill(*out, [&](std::int64_t i) {
            return generator.uniform() < chances[static_cast<std::size_t>(i)] ? 1.0 : 0.0;
        });
        return {};
    });
}

Result<DataType> classType(const graph::Node& node)
{
    DataType type = TRY(typeOf(node, DataType::Int32));
    TRY(requireType(type, type == DataType::Int32 || type == DataType::Int64));
    return type;
}

Result<void> inferMultinomial(InferContext& context)
{
    graph::Dim batch;
    if (const graph::Shape* shape = context.inputShape(0)) {
        if (shape->rank() != 2)
            return badInput("expected an input of rank 2, found " + shape->text());
        batch = shape->dims[0];
    }
    std::int64_t samples = context.node().intAttribute("sample_size", 1);
    if (samples < 0)
        return badInput(fmt::format("attribute sample_size: expected 0 or more, found {}", samples));
    context.setTensor(0, TRY(classType(context.node())), graph::Shape({batch, graph::Dim(samples)}));
    return {};
}

// One class by the weights exp(logits); the last class with any weight where rounding leads past the end.
std::int64_t drawClass(std::span<const double> logits, Generator& generator)
{
    double greatest = *std::max_element(logits.begin(), logits.end());
    double total = 0;
    for (double logit : logits)
        total += std::exp(logit - greatest);
    double rest = generator.uniform() * total;
    std::int64_t last = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        double weight = std::exp(logits[i] - greatest);
        if (weight > 0)
            last = static_cast<std::int64_t>(i);
        if (rest < weight)
            break;
        rest -= weight;
    }
    return last;
}

Result<KernelPtr> makeMultinomial(const KernelInfo& info)
{
    Seed seed(info.node);
    DataType type = TRY(classType(info.node));
    std::int64_t samples = info.node.intAttribute("sample_size", 1);
    return makeKernel([=](KernelContext& context) -> Result<void> {
        const Tensor* in = TRY(requireInput(context, 0));
        if (in->rank() != 2 || samples < 0 || (in->dims()[1] == 0 && in->dims()[0] != 0))
            return Error{ErrorCode::RunFailed,
                         "expected an input of rank 2 with at least one class, found " +
                             graph::dimsText(in->dims()),
                         {}};
        std::vector<double> logits = TRY(in->toDoubles());
        const std::int64_t dims[] = {in->dims()[0], samples};
        Tensor* out = TRY(context.output(0, type, dims));
        auto classes = static_cast<std::size_t>(in->dims()[1]);
        Generator generator = seed.start(context);
        fill(*out, [&](std::int64_t i) {
            auto row = static_cast<std::size_t>(i / samples) * classes;
            return static_cast<double>(drawClass(std::span(logits).subspan(row, classes), generator));
        });
        return {};
    });
}

OpSpec randomSpec(std::string_view name, std::size_t inputs, std::string_view doc, InferFunction infer,
                  KernelFactory kernel)
{
    OpSpec spec = unarySpec(name, OpCategory::Data, 1, doc, kernel);
    spec.minInputs = spec.maxInputs = inputs;
    spec.infer = infer;
    spec.inPlace.clear();
    spec.purity = Purity::Random;
    return spec;
}

} // namespace

OpList random()
{
    OpList list = {
        randomSpec("RandomNormal", 0, "Normally distributed numbers. RandomNormal-1, RandomNormal-22.",
                   inferDistributed<Form::Shaped>, makeDistributed<Distribution::Normal, Form::Shaped>),
        randomSpec("RandomUniform", 0, "Uniformly distributed numbers. RandomUniform-1, RandomUniform-22.",
                   inferDistributed<Form::Shaped>, makeDistributed<Distribution::Uniform, Form::Shaped>),
        randomSpec("RandomNormalLike", 1,
                   "Normally distributed numbers in the shape of a tensor. RandomNormalLike-1, "
                   "RandomNormalLike-22.",
                   inferDistributed<Form::Like>, makeDistributed<Distribution::Normal, Form::Like>),
        randomSpec("RandomUniformLike", 1,
                   "Uniformly distributed numbers in the shape of a tensor. RandomUniformLike-1, "
                   "RandomUniformLike-22.",
                   inferDistributed<Form::Like>, makeDistributed<Distribution::Uniform, Form::Like>),
        randomSpec("Bernoulli", 1,
                   "1 with the probability that the element gives, else 0. Bernoulli-15, Bernoulli-22.",
                   inferDistributed<Form::Like>, makeBernoulli),
        randomSpec("Multinomial", 1,
                   "Classes drawn by unnormalised log-probabilities. Multinomial-7, Multinomial-22.",
                   inferMultinomial, makeMultinomial),
    };
    for (OpSpec& spec : list)
        spec.firstVersion = spec.name == "Bernoulli" ? 15 : spec.name == "Multinomial" ? 7 : 1;
    return list;
}

} // namespace orrery::ops
