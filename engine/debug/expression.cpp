// SPDX-License-Identifier: Apache-2.0
//
// A walk over the parsed tree. Numbers stay doubles until a tensor beside them says what they become; every
// operation on tensors is one ONNX node, inferred first, for kernels trust what inference has checked, then
// run on its own. Memory: no result beyond resultBytes, all results of an expression together not beyond
// totalBytes.
#include "engine/debug/expression.h"

#include "engine/base/text.h"
#include "engine/debug/expression_makers.h"
#include "engine/debug/expression_parser.h"
#include "engine/ops/math/convert.h"
#include "engine/passes/evaluate.h"
#include "engine/passes/infer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace orrery::debug {
namespace {

using graph::DataType;
using graph::Dims;
using graph::Tensor;

constexpr std::int64_t resultBytes = std::int64_t(512) << 20;
constexpr std::int64_t totalBytes = std::int64_t(2) << 30;

// Attributes of ONNX operators that are floats even where an integer is written for them.
constexpr std::string_view floatAttributes[] = {
    "alpha", "beta",  "bias",     "clip",    "cubic_coeff_a", "epsilon",    "extrapolation_value",
    "gamma", "lambd", "momentum", "softcap", "spatial_scale", "value_float"};

// A tensor, or a number that has no type yet.
struct Operand {
    std::optional<Tensor> tensor;
    double number = 0;
    std::size_t column = 1;
};

class Evaluator {
public:
    Evaluator(const TensorByName& tensorOf, const ops::OpRegistry& ops, const std::optional<Dims>& wanted)
        : m_tensorOf(tensorOf)
        , m_ops(ops)
        , m_wanted(wanted)
    {}

    Result<Operand> operand(const Expression& expression)
    {
        switch (expression.kind) {
        case ExpressionKind::Number:
            return Operand{{}, expression.number, expression.column};
        case ExpressionKind::Name:
            return tensorOperand(expression, TRY(m_tensorOf(expression.text)));
        case ExpressionKind::Chain:
            return chain(expression);
        case ExpressionKind::Negate:
            return negated(expression);
        case ExpressionKind::Power:
            return power(expression);
        case ExpressionKind::Call:
            return call(expression);
        case ExpressionKind::List:
            return tensorOperand(expression, TRY(list(expression)));
        case ExpressionKind::Slice:
            return sliced(expression);
        case ExpressionKind::String:
            break; // of named arguments alone
        }
        return errorAt(expression.column, "a text is no tensor");
    }

    // A number becomes a scalar of the type; Usage where the type cannot hold it.
    Result<Tensor> asTensor(const Operand& operand, DataType type = DataType::Float32)
    {
        return operand.tensor ? *operand.tensor : TRY(filled(operand.number, type, {}, operand.column));
    }

private:
    static Operand tensorOperand(const Expression& expression, Tensor tensor)
    {
        return {std::move(tensor), 0, expression.column};
    }

    Result<Operand> chain(const Expression& expression)
    {
        Operand left = TRY(operand(expression.parts[0]));
        for (std::size_t i = 0; i < expression.operators.size(); ++i) {
            Operand right = TRY(operand(expression.parts[i + 1]));
            left = TRY(binary(expression, expression.operators[i], std::move(left), std::move(right)));
        }
        return left;
    }

    Result<Operand> binary(const Expression& expression, char sign, Operand left, Operand right)
    {
        if (!left.tensor && !right.tensor) {
            double a = left.number;
            double b = right.number;
            double value = sign == '+' ? a + b : sign == '-' ? a - b : sign == '*' ? a * b : a / b;
            return Operand{{}, value, left.column};
        }
        const char* op = sign == '+' ? "Add" : sign == '-' ? "Sub" : sign == '*' ? "Mul" : "Div";
        return node(expression, op, {left, right}, {});
    }

    Result<Operand> negated(const Expression& expression)
    {
        Operand inner = TRY(operand(expression.parts[0]));
        if (!inner.tensor)
            return Operand{{}, -inner.number, expression.column};
        return node(expression, "Neg", {inner}, {});
    }

    Result<Operand> power(const Expression& expression)
    {
        Operand base = TRY(operand(expression.parts[0]));
        Operand exponent = TRY(operand(expression.parts[1]));
        if (!base.tensor && !exponent.tensor)
            return Operand{{}, std::pow(base.number, exponent.number), expression.column};
        // x^0.5 makes sense for integers, too: an exponent that the type cannot hold is a float.
        if (!exponent.tensor && !fits(exponent.number, base.tensor->type()))
            exponent.tensor = TRY(asTensor(exponent));
        return node(expression, "Pow", {base, exponent}, {});
    }

    Result<Operand> sliced(const Expression& expression)
    {
        Operand inner = TRY(operand(expression.parts[0]));
        if (!inner.tensor)
            return errorAt(expression.column, "a number has no elements to slice");
        for (const std::string& text : expression.slices) {
            auto part = slice(*inner.tensor, text);
            if (!part.ok())
                return errorAt(expression.column, part.error().message);
            TRY(use(static_cast<std::int64_t>(part->byteSize()), expression.column));
            inner.tensor = part.releaseValue();
        }
        return inner;
    }

    Result<Tensor> list(const Expression& expression)
    {
        std::vector<double> numbers = TRY(numbersOf(expression.parts, 0));
        auto count = static_cast<std::int64_t>(numbers.size());
        auto isWhole = [](double x) { return fits(x, DataType::Int64); };
        if (std::all_of(numbers.begin(), numbers.end(), isWhole))
            return Tensor::of<std::int64_t>({count},
                                            std::vector<std::int64_t>(numbers.begin(), numbers.end()));
        return Tensor::of<float>({count}, std::vector<float>(numbers.begin(), numbers.end()));
    }

    Result<std::vector<double>> numbersOf(const std::vector<Expression>& parts, std::size_t first)
    {
        std::vector<double> numbers;
        for (std::size_t i = first; i < parts.size(); ++i) {
            Operand part = TRY(operand(parts[i]));
            if (part.tensor)
                return errorAt(parts[i].column, "expected a number, found a tensor");
            numbers.push_back(part.number);
        }
        return numbers;
    }

    Result<Operand> call(const Expression& expression)
    {
        if (expression.text == "like")
            return like(expression);
        if (!isMaker(expression.text))
            return operatorCall(expression);
        MakerCall call{expression.text, TRY(numbersOf(expression.parts, 0)), {}};
        for (const NamedArgument& argument : expression.named) {
            Operand value = TRY(operand(argument.value));
            if (value.tensor)
                return errorAt(argument.value.column, "expected a number, found a tensor");
            call.named[argument.name] = value.number;
        }
        auto maker = makerOf(call, m_wanted);
        if (!maker.ok())
            return errorAt(expression.column, maker.error().message);
        Tensor result = TRY(filled(0, maker->type, maker->dims, expression.column));
        fill(expression.text, *maker, result);
        return tensorOperand(expression, std::move(result));
    }

    Result<Operand> like(const Expression& expression)
    {
        if (!expression.named.empty())
            return errorAt(expression.named.front().value.column, "like has no named arguments");
        if (expression.parts.size() != 2)
            return errorAt(expression.column, "expected like(tensor, number)");
        Operand model = TRY(operand(expression.parts[0]));
        Operand number = TRY(operand(expression.parts[1]));
        if (!model.tensor || number.tensor)
            return errorAt(expression.column, "expected like(tensor, number)");
        return tensorOperand(expression, TRY(filled(number.number, model.tensor->type(), model.tensor->dims(),
                                                    number.column)));
    }

    Result<Operand> operatorCall(const Expression& expression)
    {
        std::vector<Operand> inputs;
        for (const Expression& part : expression.parts)
            inputs.push_back(TRY(operand(part)));
        std::vector<graph::Attribute> attributes;
        for (const NamedArgument& argument : expression.named) {
            graph::Attribute attribute;
            attribute.name = argument.name;
            attribute.value = TRY(attributeValue(argument));
            attributes.push_back(std::move(attribute));
        }
        return node(expression, expression.text, std::move(inputs), std::move(attributes));
    }

    // Integers unless a point or the attribute's name says float.
    Result<graph::AttributeValue> attributeValue(const NamedArgument& argument)
    {
        const Expression& value = argument.value;
        if (value.kind == ExpressionKind::String)
            return graph::AttributeValue(value.text);
        bool isFloat = std::find(std::begin(floatAttributes), std::end(floatAttributes), argument.name) !=
                       std::end(floatAttributes);
        if (value.kind == ExpressionKind::List) {
            auto numbers = TRY(numbersOf(value.parts, 0));
            bool whole = std::all_of(numbers.begin(), numbers.end(),
                                     [](double x) { return fits(x, DataType::Int64); });
            if (whole && !isFloat)
                return graph::AttributeValue(std::vector<std::int64_t>(numbers.begin(), numbers.end()));
            return graph::AttributeValue(std::vector<float>(numbers.begin(), numbers.end()));
        }
        Operand number = TRY(operand(value));
        if (number.tensor)
            return graph::AttributeValue(*number.tensor);
        bool pointed = value.text.find_first_of(".eE") != std::string::npos;
        if (!isFloat && !pointed && fits(number.number, DataType::Int64))
            return graph::AttributeValue(static_cast<std::int64_t>(number.number));
        return graph::AttributeValue(static_cast<float>(number.number));
    }

    // "Relu", or with the domain before the last point.
    Result<const ops::OpSpec*> findSpec(const Expression& expression, std::string_view op)
    {
        std::size_t point = op.rfind('.');
        const ops::OpSpec* spec = point == std::string_view::npos
                                      ? m_ops.find("", op)
                                      : m_ops.find(op.substr(0, point), op.substr(point + 1));
        if (spec == nullptr)
            return errorAt(expression.column,
                           fmt::format("there is no operator or function {}", displayText(op, 80)));
        if (spec->kernel == nullptr || spec->purity != ops::Purity::Pure)
            return errorAt(expression.column,
                           fmt::format("{} cannot be used in an expression: it {}", displayText(op, 80),
                                       spec->kernel == nullptr ? "has bodies"
                                       : spec->purity == ops::Purity::Random
                                           ? "draws random numbers (see random(seed, dims…))"
                                           : "is out of a user's library"));
        return spec;
    }

    Result<Operand> node(const Expression& expression, const std::string& op, std::vector<Operand> operands,
                         std::vector<graph::Attribute> attributes)
    {
        const ops::OpSpec* spec = TRY(findSpec(expression, op));
        DataType type = DataType::Float32;
        for (auto it = operands.rbegin(); it != operands.rend(); ++it)
            type = it->tensor ? it->tensor->type() : type;
        std::vector<Tensor> inputs;
        for (const Operand& operand : operands)
            inputs.push_back(TRY(asTensor(operand, type)));
        auto output = run(*spec, inputs, std::move(attributes));
        if (!output.ok()) {
            Error error = output.releaseError();
            error.where = fmt::format("column {}, {}", expression.column, displayText(op, 80));
            return error;
        }
        TRY(use(static_cast<std::int64_t>(output->byteSize()), expression.column));
        return tensorOperand(expression, output.releaseValue());
    }

    Result<Tensor> run(const ops::OpSpec& spec, const std::vector<Tensor>& inputs,
                       std::vector<graph::Attribute> attributes)
    {
        graph::Model model;
        model.opsets = {{std::string(spec.domain), spec.lastVersion}};
        graph::Graph& graph = model.graph;
        graph::Node node;
        node.opType = spec.name;
        node.domain = spec.domain;
        node.name = spec.name;
        node.attributes = std::move(attributes);
        std::vector<const Tensor*> pointers;
        for (const Tensor& input : inputs) {
            node.inputs.push_back(graph.addConstant(graph.mainRegion(), {}, input));
            pointers.push_back(&input);
        }
        for (std::size_t i = 0; i < std::max<std::size_t>(spec.minOutputs, 1); ++i)
            node.outputs.push_back(graph.addValue(graph.mainRegion(), {}));
        NodeId id = graph.addNode(graph.mainRegion(), std::move(node));
        graph.main().outputs = graph.node(id).outputs;
        passes::Inference inference = passes::inferTypes(model, m_ops);
        for (const Problem& problem : inference.problems)
            if (problem.severity == Severity::Error)
                return Error{ErrorCode::BadModel, problem.text, {}};
        if (const Tensor& known = inference.known[graph.node(id).outputs[0].index()]; known.defined())
            return known;
        passes::EvaluationLimits limits;
        limits.outputBytes = std::min(resultBytes, totalBytes - m_usedBytes);
        auto outputs = TRY(passes::evaluateNode(graph.node(id), spec.lastVersion, spec, pointers, limits));
        return std::move(outputs[0]);
    }

    static bool fits(double number, DataType type)
    {
        if (!graph::isInteger(type) && type != DataType::Bool)
            return true;
        alignas(8) std::byte element[8];
        double back = 0;
        auto* bytes = reinterpret_cast<std::byte*>(&number);
        ops::convertElements(DataType::Float64, bytes, type, element, 1);
        ops::convertElements(type, element, DataType::Float64, reinterpret_cast<std::byte*>(&back), 1);
        return back == number && number < 0x1p63;
    }

    Result<Tensor> filled(double number, DataType type, Dims shape, std::size_t column)
    {
        if (!ops::isConvertible(type))
            return errorAt(column, fmt::format("a number cannot become {}", graph::name(type)));
        if (!fits(number, type))
            return errorAt(column, fmt::format("{} is no {}", number, graph::name(type)));
        auto size = graph::byteSizeOf(type, shape);
        if (!size)
            return errorAt(column, fmt::format("{} is too large", graph::dimsText(shape)));
        TRY(use(static_cast<std::int64_t>(*size), column));
        Tensor tensor = TRY(Tensor::allocate(type, std::move(shape)));
        if (tensor.elementCount() == 0)
            return tensor;
        std::size_t unit = graph::elementBytes(type);
        std::byte* out = tensor.mutableBytes();
        ops::convertElements(DataType::Float64, reinterpret_cast<std::byte*>(&number), type, out, 1);
        for (std::size_t done = unit; done < *size; done *= 2)
            std::copy_n(out, std::min(done, *size - done), out + done);
        return tensor;
    }

    Result<void> use(std::int64_t bytes, std::size_t column)
    {
        if (bytes > resultBytes || bytes > totalBytes - m_usedBytes)
            return Error{ErrorCode::LimitReached,
                         fmt::format("column {}: the result of {} is too large; {} are the limit, {} for all "
                                     "of an expression",
                                     column, formatBytes(bytes), formatBytes(resultBytes),
                                     formatBytes(totalBytes)),
                         {}};
        m_usedBytes += bytes;
        return {};
    }

    const TensorByName& m_tensorOf;
    const ops::OpRegistry& m_ops;
    const std::optional<Dims>& m_wanted;
    std::int64_t m_usedBytes = 0;
};

} // namespace

Result<Tensor> evaluate(std::string_view expression, const TensorByName& tensorOf, const ops::OpRegistry& ops,
                        const std::optional<Dims>& wanted)
{
    Expression tree = TRY(parseExpression(expression));
    Evaluator evaluator(tensorOf, ops, wanted);
    Operand result = TRY(evaluator.operand(tree));
    return evaluator.asTensor(result);
}

} // namespace orrery::debug
