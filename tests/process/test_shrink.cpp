// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/format.h"
#include "engine/formats/npz.h"
#include "engine/formats/tensor_file.h"
#include "profiler/session/shrink.h"
#include "tests/unit/profiler/session/debug_session_fixture.h"

#include <QTemporaryDir>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>

using namespace orrery;
using namespace orrery::tests;
using session::FailureKind;

class TestShrink : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::string path(const std::string& name) const
    {
        return m_folder.filePath(QString::fromStdString(name)).toStdString();
    }

    session::ShrinkRequest requestFor(const std::string& name, session::DebugOptions options = debugOptions())
    {
        session::ShrinkRequest request;
        request.debug = std::move(options);
        request.outputPath = path(name + ".onnx");
        return request;
    }

    // What was saved, run with the inputs beside it.
    static Result<debug::DebugState> rerun(const session::ShrinkRequest& request)
    {
        session::DebugOptions options = request.debug;
        std::string stem = std::filesystem::path(request.outputPath).replace_extension().string();
        options.inputs = TRY(session::inputsOfFolder(stem + "_data"));
        options.session.inputShapes.clear();
        auto session = TRY(session::DebugSession::open(request.outputPath, options));
        return session->findBadValue({});
    }

private slots:
    void badValueComesDownToTheNodeThatMakesIt()
    {
        auto request = requestFor("nan");
        std::vector<session::ShrinkProgress> heard;
        auto outcome = session::shrink(sample("nan"), request, [&](const session::ShrinkProgress& progress) {
            heard.push_back(progress);
            return true;
        });
        VERIFY_OK(outcome);
        QCOMPARE(outcome->failure, FailureKind::BadValue);
        QVERIFY2(outcome->what.find("NaN in output q of Div") != std::string::npos, outcome->what.c_str());
        QCOMPARE(outcome->nodesBefore, std::size_t{5});
        QCOMPARE(outcome->nodesAfter, std::size_t{1});
        QCOMPARE(outcome->tried, 1u);
        QVERIFY(!heard.empty());
        auto model = formats::readModel(request.outputPath);
        VERIFY_OK(model);
        QCOMPARE(model->graph.nodeCount(), std::size_t{1});
        QCOMPARE(model->graph.mainRoot().inputs.size(), std::size_t{2});
        auto again = rerun(request);
        VERIFY_OK(again);
        QCOMPARE(again->reason, debug::StopReason::Breakpoint);
    }

    void crashIsOnlyAnAnswer()
    {
        auto request = requestFor("crash", debugOptions({"crash"}));
        auto outcome = session::shrink(sample("custom_ops/crash"), request, {});
        VERIFY_OK(outcome);
        QCOMPARE(outcome->failure, FailureKind::Crash);
        QVERIFY2(outcome->what.find("Crash \"faulty\"") != std::string::npos, outcome->what.c_str());
        QCOMPARE(outcome->nodesAfter, std::size_t{1});
        auto again = rerun(request);
        QVERIFY(!again.ok());
        QCOMPARE(again.error().code, ErrorCode::RunnerDied);
    }

    void errorKeepsItsInputs()
    {
        auto request = requestFor("fails", debugOptions({"fails"}));
        request.failure = FailureKind::Error;
        auto outcome = session::shrink(sample("custom_ops/fails"), request, {});
        VERIFY_OK(outcome);
        QCOMPARE(outcome->failure, FailureKind::Error);
        QCOMPARE(outcome->nodesAfter, std::size_t{1});
        auto input = formats::readTensor(path("fails_data/input_0.pb"));
        VERIFY_OK(input);
        for (float value : input->span<float>())
            QVERIFY(value >= 0); // what Relu gave
    }

    void hangThatMeetsTheTimeLimitIsACrash()
    {
        auto options = debugOptions({"hang"});
        options.timeLimitSeconds = 0.5;
        auto request = requestFor("hang", options);
        auto outcome = session::shrink(sample("custom_ops/hang"), request, {});
        VERIFY_OK(outcome);
        QCOMPARE(outcome->failure, FailureKind::Crash);
        QCOMPARE(outcome->nodesAfter, std::size_t{1});
    }

    // Only recorded values may stand in for nodes: the reference knows nothing but the output.
    void wrongOutputKeepsAllThatItComesFrom()
    {
        auto session = session::DebugSession::open(sample("mlp"), debugOptions());
        VERIFY_OK(session);
        VERIFY_OK((*session)->go(movement(debug::Goal::Continue)));
        auto right = (*session)->tensor(valueNamed((*session)->graph(), "y"), session::Recompute::Yes);
        VERIFY_OK(right);
        std::string reference = path("reference");
        std::filesystem::create_directory(reference);
        auto options = debugOptions();
        options.referencePath = reference;
        auto request = requestFor("wrong", options);
        request.failure = FailureKind::WrongOutput;
        VERIFY_OK(formats::writeTensor(right->tensor, reference + "/output_0.pb"));
        auto none = session::shrink(sample("mlp"), request, {});
        QVERIFY(!none.ok());
        QCOMPARE(none.error().code, ErrorCode::Usage);

        std::vector<float> numbers(right->tensor.span<float>().begin(), right->tensor.span<float>().end());
        numbers[0] += 1;
        VERIFY_OK(formats::writeTensor(graph::Tensor::of<float>(right->tensor.dims(), numbers),
                                       reference + "/output_0.pb"));
        auto outcome = session::shrink(sample("mlp"), request, {});
        VERIFY_OK(outcome);
        QCOMPARE(outcome->failure, FailureKind::WrongOutput);
        QCOMPARE(outcome->nodesAfter, std::size_t{4});
        QVERIFY(std::filesystem::exists(path("wrong_data/input_0.pb")));
        QVERIFY(std::filesystem::exists(path("wrong_data/output_0.pb")));
    }

    void recordedValuesStandInForWhatIsBeforeThem()
    {
        auto session = session::DebugSession::open(sample("mlp"), debugOptions());
        VERIFY_OK(session);
        std::map<std::string, graph::Tensor> recorded;
        VERIFY_OK((*session)->go(movement(debug::Goal::Continue)));
        for (const char* name : {"r", "y"}) {
            auto value = (*session)->tensor(valueNamed((*session)->graph(), name), session::Recompute::Yes);
            VERIFY_OK(value);
            recorded[name] = value->tensor;
        }
        std::vector<float> numbers(recorded["y"].span<float>().begin(), recorded["y"].span<float>().end());
        numbers[0] += 1;
        recorded["y"] = graph::Tensor::of<float>(recorded["y"].dims(), numbers);
        auto options = debugOptions();
        options.referencePath = path("recorded.npz");
        VERIFY_OK(formats::writeNpz(recorded, options.referencePath));
        auto request = requestFor("behind", options);
        request.failure = FailureKind::WrongOutput;
        auto outcome = session::shrink(sample("mlp"), request, {});
        VERIFY_OK(outcome);
        QCOMPARE(outcome->nodesAfter, std::size_t{2}); // output and softmax
        auto input = formats::readTensor(path("behind_data/input_0.pb"));
        VERIFY_OK(input);
        QVERIFY(input->identicalTo(recorded["r"]));
    }

    void modelThatDoesNotFailIsAUsageError()
    {
        auto request = requestFor("mlp");
        auto outcome = session::shrink(sample("mlp"), request, {});
        QVERIFY(!outcome.ok());
        QCOMPARE(outcome.error().code, ErrorCode::Usage);
        QVERIFY(!std::filesystem::exists(request.outputPath));
    }

    void cancelledItSavesWhatFailsSoFar()
    {
        auto request = requestFor("cancelled");
        auto outcome =
            session::shrink(sample("nan"), request, [](const session::ShrinkProgress&) { return false; });
        VERIFY_OK(outcome);
        QCOMPARE(outcome->nodesAfter, outcome->nodesBefore);
        QCOMPARE(outcome->tried, 0u);
        auto again = rerun(request);
        VERIFY_OK(again);
        QCOMPARE(again->reason, debug::StopReason::Breakpoint);
    }

    void plantedNanInATextRecogniserComesDownToAFewNodes()
    {
        const char* models = std::getenv("ORRERY_PEER_MODELS");
        if (models == nullptr)
            QSKIP("ORRERY_PEER_MODELS is not set: PP-OCR rec is not there to be shrunk");
        auto model = formats::readModel(std::string(models) + "/ocr/ch_PP-OCRv4_rec_infer.onnx");
        VERIFY_OK(model);
        // The weights of this file are Constant nodes.
        std::vector<graph::Node*> weights;
        for (NodeId id : model->graph.liveNodes())
            if (const graph::Tensor* tensor = model->graph.node(id).tensorAttribute("value"))
                if (tensor->type() == graph::DataType::Float32 && tensor->elementCount() > 100)
                    weights.push_back(&model->graph.node(id));
        QVERIFY(!weights.empty());
        graph::Node& weight = *weights[weights.size() / 2];
        const graph::Tensor& sound = *weight.tensorAttribute("value");
        std::vector<float> numbers(sound.span<float>().begin(), sound.span<float>().end());
        numbers[numbers.size() / 2] = std::numeric_limits<float>::quiet_NaN();
        weight.setAttribute("value", graph::Tensor::of<float>(sound.dims(), numbers));
        std::string planted = path("planted.onnx");
        VERIFY_OK(formats::writeModel(*model, planted));

        for (auto level : {passes::OptimizeLevel::None, passes::OptimizeLevel::All}) {
            auto options = debugOptions();
            options.session.optimize = level;
            options.session.inputShapes = {{"x", {1, 3, 48, 320}}};
            auto request = requestFor("shrunk", options);
            auto outcome = session::shrink(planted, request, {});
            VERIFY_OK(outcome);
            qInfo("%s; %zu of %zu nodes after %u tries", outcome->what.c_str(), outcome->nodesAfter,
                  outcome->nodesBefore, outcome->tried);
            QCOMPARE(outcome->failure, FailureKind::BadValue);
            QVERIFY(outcome->nodesAfter <= 10);
            auto again = rerun(request);
            VERIFY_OK(again);
            QCOMPARE(again->reason, debug::StopReason::Breakpoint);
        }
    }
};

QTEST_GUILESS_MAIN(TestShrink)
#include "test_shrink.moc"
