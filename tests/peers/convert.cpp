// SPDX-License-Identifier: Apache-2.0
//
// peer_convert [NAME...]: real models brought to other versions of the operator set and back, and to 16-bit
// floats. Another version must give the same outputs (2e-3 of their scale); what cannot be converted is told
// with its reason. A model in 16 bits must run; how far its outputs are from float is told, since that is the
// model's doing.
//
// $ORRERY_PEER_MODELS is a folder of models, $ORRERY_PEER_DATA one of recorded inputs; skipped aloud without.
#include "engine/edit/convert_float.h"
#include "engine/edit/convert_opset.h"
#include "engine/graph/verify.h"
#include "tests/peers/real_models.h"

#include <fmt/format.h>

using namespace orrery;

namespace {

constexpr double allowed = 2e-3;
constexpr std::int64_t versions[] = {11, 13, 17, 18, 21};

struct Subject {
    graph::Model model;
    std::vector<graph::Tensor> inputs, expected;
};

std::string same(const Subject& subject, const graph::Model& model)
{
    if (hasErrors(graph::verify(model)))
        return "the converted model has errors";
    auto outputs = peers::run(model, subject.inputs);
    if (!outputs.ok())
        return outputs.error().text();
    const peers::Apart apart = peers::apart(subject.expected, *outputs);
    return apart.sameShapes && apart.ofScale <= allowed
               ? std::string()
               : fmt::format("outputs are {} of their scale apart", apart.ofScale);
}

int checkOpsets(const Subject& subject)
{
    const auto& ops = ops::OpRegistry::builtin();
    const std::int64_t from = subject.model.opsetVersion("");
    int failed = 0;
    for (std::int64_t version : versions) {
        auto there = edit::convertOpset(subject.model, ops, version);
        if (!there.ok()) {
            fmt::print("    {} → {}: {}\n", from, version, there.error().text().substr(0, 160));
            continue;
        }
        std::string why = same(subject, *there->after);
        std::string back = "and back";
        if (auto again = edit::convertOpset(*there->after, ops, from); !again.ok())
            back = "not back: " + again.error().text().substr(0, 120);
        else if (why.empty())
            why = same(subject, *again->after);
        failed += why.empty() ? 0 : 1;
        fmt::print("    {} → {} {}: {} nodes touched, {}\n", from, version, back, there->touched.size(),
                   why.empty() ? "same outputs" : "FAIL " + why);
    }
    return failed;
}

int checkFloats(const Subject& subject)
{
    int failed = 0;
    for (graph::DataType type : {graph::DataType::Float16, graph::DataType::BFloat16}) {
        edit::FloatOptions options;
        options.type = type;
        options.keepOperators = edit::operatorsKeptInFloat();
        auto found = edit::convertFloat(subject.model, ops::OpRegistry::builtin(), options);
        auto outputs = found.ok() ? peers::run(*found->after, subject.inputs)
                                  : Result<std::vector<graph::Tensor>>(found.error());
        if (!outputs.ok()) {
            fmt::print("    {}: FAIL {}\n", graph::name(type), outputs.error().text());
            ++failed;
            continue;
        }
        const peers::Apart apart = peers::apart(subject.expected, *outputs);
        failed += apart.sameShapes ? 0 : 1;
        fmt::print(
            "    {}: {} nodes converted, constants {} → {} bytes, max abs {:.3g}, of scale {:.3g}, cosine "
            "{:.6f}{}\n",
            graph::name(type), found->touched.size(), found->before.constantBytes,
            found->afterwards.constantBytes, apart.largest, apart.ofScale, apart.cosine,
            apart.sameShapes ? "" : " FAIL other shapes");
    }
    return failed;
}

Result<int> check(const fs::path& file, const char* data)
{
    Subject subject;
    subject.model = TRY(formats::readModel(file.string()));
    subject.inputs = TRY(peers::inputsFor(subject.model, file, data));
    subject.expected = TRY(peers::run(subject.model, subject.inputs));
    return checkOpsets(subject) + checkFloats(subject);
}

} // namespace

int main(int argc, char** argv)
{
    const char* models = std::getenv("ORRERY_PEER_MODELS");
    if (models == nullptr) {
        fmt::print("skipped: ORRERY_PEER_MODELS is not set\n");
        return 77;
    }
    int failed = 0, tried = 0;
    for (const fs::path& file : peers::modelFiles(models)) {
        if (argc > 1 && std::none_of(argv + 1, argv + argc, [&](const char* name) {
                return file.string().find(name) != std::string::npos;
            }))
            continue;
        fmt::print("{}\n", fs::relative(file, models).string());
        auto wrong = check(file, std::getenv("ORRERY_PEER_DATA"));
        if (!wrong.ok())
            fmt::print("    FAIL {}\n", wrong.error().text());
        failed += wrong.ok() ? *wrong : 1;
        ++tried;
        std::fflush(stdout);
    }
    fmt::print("{} models, {} failures\n", tried, failed);
    return failed == 0 && tried > 0 ? 0 : 1;
}
