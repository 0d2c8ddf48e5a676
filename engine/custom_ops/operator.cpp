// SPDX-License-Identifier: Apache-2.0
#include "engine/custom_ops/operator.h"

#include "engine/base/text.h"
#include "engine/custom_ops/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <exception>

namespace orrery::custom_ops {

namespace {

constexpr std::size_t nameLimit = 128;
constexpr std::size_t docLimit = 1000;
constexpr std::int32_t countLimit = 1024;

// What a library said of an operator, owned.
struct Operator {
    std::string domain;
    std::string name;
    std::string doc;
    OrreryInfer infer = nullptr;
    OrreryCompute compute = nullptr;
    void* user = nullptr;
};

template<class Function>
Result<void> called(OrreryContext& context, Function function, void* user)
{
    std::string thrown;
    int status = ORRERY_FAILED;
    try {
        status = function(&api(), &context, user);
    } catch (const std::exception& exception) {
        thrown = exception.what();
    } catch (...) {
        thrown = "an exception of an unknown type";
    }
    std::string name = context.node.domain + "." + context.node.opType;
    if (!thrown.empty())
        return Error{ErrorCode::RunFailed,
                     fmt::format("{}: threw {}", displayText(name, 260), displayText(thrown, 500)),
                     {}};
    if (context.failure)
        return *context.failure;
    if (status != ORRERY_OK)
        return Error{ErrorCode::RunFailed,
                     fmt::format("{}: returned {}, and did not say why", displayText(name, 260), status),
                     {}};
    for (std::size_t i = 0; i < context.outputs.size(); ++i)
        if (context.node.outputs[i].valid() && !context.outputs[i].done)
            return Error{ErrorCode::RunFailed,
                         fmt::format("{}: {} output {}", displayText(name, 260),
                                     context.inferring ? "infer() set no type for" : "compute() did not make",
                                     i),
                         {}};
    return {};
}

class ForeignKernel final : public ops::Kernel {
public:
    ForeignKernel(std::shared_ptr<const Operator> op, const ops::KernelInfo& info)
        : m_operator(std::move(op))
        , m_node(info.node)
        , m_opsetVersion(info.opsetVersion)
        , m_outputs(info.outputs.begin(), info.outputs.end())
    {}

    Result<void> run(ops::KernelContext& context) const override
    {
        for (std::size_t i = 0; i < context.inputCount(); ++i)
            if (const graph::Tensor* tensor = context.input(i);
                tensor && tensor->type() == graph::DataType::String)
                return Error{
                    ErrorCode::Unsupported,
                    fmt::format("input {} is a tensor of strings, which no library can be handed", i),
                    {}};
        OrreryContext call(m_node, m_opsetVersion);
        call.computing = &context;
        call.promised = m_outputs;
        return called(call, m_operator->compute, m_operator->user);
    }

private:
    std::shared_ptr<const Operator> m_operator;
    graph::Node m_node; // a plan's variants share kernels, not nodes
    std::int64_t m_opsetVersion;
    std::vector<graph::ValueType> m_outputs;
};

std::span<char> inferencePlace;

// Gone when the library comes back.
class InferenceNote {
public:
    InferenceNote(const Operator& op, const graph::Node& node)
    {
        if (inferencePlace.empty())
            return;
        Dl_info library{};
        const bool known = dladdr(reinterpret_cast<const void*>(op.infer), &library) != 0;
        const std::string text =
            fmt::format("{}.{} \"{}\" ({})", op.domain, op.name, displayText(node.name, 200),
                        known ? std::string_view(library.dli_fname) : std::string_view("a library"));
        const std::size_t length = std::min(text.size(), inferencePlace.size() - 1);
        std::memcpy(inferencePlace.data(), text.data(), length);
        inferencePlace[length] = '\0';
    }
    ~InferenceNote()
    {
        if (!inferencePlace.empty())
            inferencePlace[0] = '\0';
    }
    InferenceNote(const InferenceNote&) = delete;
    InferenceNote& operator=(const InferenceNote&) = delete;
};

Result<void> infer(const Operator& op, ops::InferContext& context)
{
    const InferenceNote note(op, context.node());
    OrreryContext call(context.node(), context.opsetVersion());
    call.inferring = &context;
    auto inferred = called(call, op.infer, op.user);
    if (!inferred.ok()) {
        Error error = inferred.releaseError();
        error.code = ErrorCode::BadModel;
        return error;
    }
    return {};
}

std::string textOf(const char* text, std::size_t limit)
{
    return text ? std::string(text, strnlen(text, limit + 1)) : std::string();
}

bool isName(const std::string& text)
{
    return !text.empty() && text.size() <= nameLimit && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '.' || c == '-';
    });
}

bool isOurs(const std::string& domain)
{
    return domain == "ai.onnx" || domain.starts_with("ai.onnx.") || domain == "orrery";
}

bool isCount(std::int32_t count, std::int32_t least)
{
    return count == ORRERY_ANY || (count >= least && count <= countLimit);
}

std::size_t maximum(std::int32_t count)
{
    return count == ORRERY_ANY ? ops::OpSpec::any : static_cast<std::size_t>(count);
}

} // namespace

void noteInferenceIn(std::span<char> place) { inferencePlace = place; }

Result<ops::OpSpec> specOf(const OrreryOp& op)
{
    auto refused = [](std::string why) { return Error{ErrorCode::BadFile, std::move(why), {}}; };
    if (op.abi_version != ORRERY_ABI_VERSION)
        return refused(fmt::format("built for version {} of orrery_custom_op.h, this program has {}",
                                   op.abi_version, ORRERY_ABI_VERSION));
    if (op.struct_bytes != sizeof(OrreryOp))
        return refused(
            fmt::format("an OrreryOp of {} bytes, expected {}", op.struct_bytes, sizeof(OrreryOp)));
    auto owned = std::make_shared<Operator>();
    owned->domain = textOf(op.domain, nameLimit);
    owned->name = textOf(op.name, nameLimit);
    owned->doc = displayText(textOf(op.doc, docLimit), docLimit);
    owned->infer = op.infer;
    owned->compute = op.compute;
    owned->user = op.user;
    std::string name = displayText(owned->domain + "." + owned->name, 2 * nameLimit);
    if (!isName(owned->domain) || !isName(owned->name))
        return refused(
            fmt::format("operator \"{}\": domain and name must be 1 to {} letters, digits, '_', '.' "
                        "or '-'",
                        name, nameLimit));
    if (isOurs(owned->domain))
        return refused(
            fmt::format("operator \"{}\": the domain \"{}\" is not for libraries", name, owned->domain));
    if (op.first_version < 1 || op.last_version < op.first_version)
        return refused(
            fmt::format("operator \"{}\": opset versions {} to {}", name, op.first_version, op.last_version));
    if (op.min_inputs < 0 || !isCount(op.min_inputs, 0) || !isCount(op.max_inputs, op.min_inputs) ||
        !isCount(op.max_outputs, 1))
        return refused(fmt::format("operator \"{}\": {} to {} inputs, at most {} outputs", name,
                                   op.min_inputs, op.max_inputs, op.max_outputs));
    if (!op.infer || !op.compute)
        return refused(
            fmt::format("operator \"{}\" has no {}", name, op.infer ? "compute function" : "infer function"));

    ops::OpSpec spec;
    spec.domain = owned->domain;
    spec.name = owned->name;
    spec.doc = owned->doc;
    spec.firstVersion = op.first_version;
    spec.lastVersion = op.last_version;
    spec.minInputs = static_cast<std::size_t>(op.min_inputs);
    spec.maxInputs = maximum(op.max_inputs);
    spec.maxOutputs = maximum(op.max_outputs);
    spec.purity = ops::Purity::Foreign;
    spec.cost = nullptr; // nobody knows
    spec.infer = [owned](ops::InferContext& context) { return infer(*owned, context); };
    spec.kernel = [owned](const ops::KernelInfo& info) -> Result<ops::KernelPtr> {
        return ops::KernelPtr(std::make_unique<ForeignKernel>(owned, info));
    };
    return spec;
}

} // namespace orrery::custom_ops
