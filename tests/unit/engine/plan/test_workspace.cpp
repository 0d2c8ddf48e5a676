// SPDX-License-Identifier: Apache-2.0
//
// Work space of kernels: what is predicted is what a run counts, to the byte, for each kernel that takes any
// and whatever number of threads shares it.
#include "text_model.h"

#include <QtTest>

using namespace orrery;

namespace {

std::vector<graph::Tensor> inputsOf(const std::map<ValueId, graph::ValueType>& types,
                                    const std::vector<ValueId>& order)
{
    std::vector<graph::Tensor> inputs;
    for (ValueId id : order) {
        const graph::ValueType& type = types.at(id);
        graph::Tensor& input = inputs.emplace_back(
            test::valueOf(graph::Tensor::allocate(type.element, *type.shape->concrete())));
        std::fill_n(input.mutableBytes(), input.byteSize(), std::byte{0});
    }
    return inputs;
}

} // namespace

class TestWorkspace : public QObject {
    Q_OBJECT
private slots:
    void predictedIsWhatARunCounts_data()
    {
        QTest::addColumn<QString>("graph");
        QTest::addColumn<bool>("takesAny");
        const auto row = [](const char* name, const char* graph, bool takesAny = true) {
            QTest::newRow(name) << graph << takesAny;
        };
        row("Conv", "(float[2,8,33,31] x, float[16,8,3,3] w) => (float[a,b,c,d] y) "
                    "{ y = Conv<pads = [1,1,1,1]>(x, w) }");
        row("Conv, small image, many filters",
            "(float[1,64,4,4] x, float[256,64,3,3] w) => (float[a,b,c,d] y) { y = Conv(x, w) }");
        row("Conv, pointwise",
            "(float[2,8,9,9] x, float[16,8,1,1] w) => (float[a,b,c,d] y) { y = Conv(x, w) }", false);
        row("Conv, depthwise", "(float[4,32,28,28] x, float[32,1,3,3] w) => (float[a,b,c,d] y) "
                               "{ y = Conv<group = 32, pads = [1,1,1,1]>(x, w) }");
        row("Conv, double, one dim", "(double[3,4,500] x, double[8,4,5] w) => (double[a,b,c] y) "
                                     "{ y = Conv<dilations = [2]>(x, w) }");
        row("ConvTranspose", "(float[2,8,17,15] x, float[8,12,4,4] w) => (float[a,b,c,d] y) "
                             "{ y = ConvTranspose<strides = [2,2]>(x, w) }");
        row("ConvInteger", "(uint8[2,3,12,12] x, uint8[8,3,3,3] w) => (int32[a,b,c,d] y) "
                           "{ y = ConvInteger(x, w) }");
        row("QLinearConv", "(uint8[2,3,12,12] x, uint8[8,3,3,3] w) => (uint8[a,b,c,d] y) "
                           "<float s = {0.5}, uint8 z = {3}> { y = QLinearConv(x, s, z, w, s, z, s, z) }");
        row("MatMulInteger", "(uint8[2,30,20] a, uint8[20,40] b) => (int32[i,j,k] y) "
                             "{ y = MatMulInteger(a, b) }");
        row("QLinearMatMul", "(uint8[2,30,20] a, uint8[20,40] b) => (uint8[i,j,k] y) "
                             "<float s = {0.5}, uint8 z = {3}> "
                             "{ y = QLinearMatMul(a, s, z, b, s, z, s, z) }");
        row("BatchNormalization", "(float[2,30,5,5] x, float[30] p) => (float[a,b,c,d] y) "
                                  "{ y = BatchNormalization(x, p, p, p, p) }");
        row("LayerNormalization, a scale to spread", "(float[6,4,10] x, float[1] p) => (float[a,b,c] y) "
                                                     "{ y = LayerNormalization<axis = 1>(x, p) }");
        row("LayerNormalization",
            "(float[6,40] x, float[40] p) => (float[a,b] y) "
            "{ y = LayerNormalization(x, p) }",
            false);
        row("MeanVarianceNormalization", "(float[2,3,7,7] x) => (float[a,b,c,d] y) "
                                         "{ y = MeanVarianceNormalization(x) }");
        row("LSTM", "(float[9,2,6] x, float[1,20,6] w, float[1,20,5] r) => (float[a,b,c,d] y) "
                    "{ y = LSTM<hidden_size = 5>(x, w, r) }");
        row("GRU, batch first", "(float[2,9,6] x, float[1,15,6] w, float[1,15,5] r) => (float[a,b,c,d] y) "
                                "{ y = GRU<hidden_size = 5, layout = 1>(x, w, r) }");
        row("Resize, three axes", "(float[1,4,8,8] x) => (float[a,b,c,d] y) "
                                  "<float[4] s = {1.0, 2.0, 2.0, 2.0}> "
                                  "{ y = Resize<mode = \"linear\">(x, , s) }");
        row("Resize of bytes", "(uint8[1,4,8,8] x) => (uint8[a,b,c,d] y) "
                               "<float[4] s = {1.0, 1.0, 2.0, 2.0}> "
                               "{ y = Resize<mode = \"linear\">(x, , s) }");
        row("Resize, nearest",
            "(float[1,4,8,8] x) => (float[a,b,c,d] y) "
            "<float[4] s = {1.0, 1.0, 2.0, 2.0}> { y = Resize(x, , s) }",
            false);
        row("ReduceMax of float16", "(float16[6,40] x) => (float16[a,b] y) { y = ReduceMax(x) }");
        row("ArgMax of float16", "(float16[6,40] x) => (int64[a,b] y) { y = ArgMax(x) }");
        row("nothing to compute",
            "(float[0,8,9,9] x, float[16,8,3,3] w) => (float[a,b,c,d] y) "
            "{ y = Conv(x, w) }",
            false);
    }
    void predictedIsWhatARunCounts()
    {
        QFETCH(QString, graph);
        QFETCH(bool, takesAny);
        const auto plan =
            test::planOf("<ir_version: 8, opset_import: [\"\": 17]>\ng " + graph.toStdString(), {});
        const auto types = test::typesOf(*plan, {});
        for (int threads : {1, 2, 5}) {
            const plan::PeakPrediction peak = test::valueOf(plan::predictPeak(*plan, types, threads));
            QCOMPARE(peak.workspaceBytes > 0, takesAny);
            exec::ExecutionOptions options;
            options.threads = threads;
            auto execution = test::valueOf(exec::Execution::create(plan, options));
            const auto started = execution->start(inputsOf(types, plan->root().inputs));
            QVERIFY2(started.ok(), started.ok() ? "" : started.error().text().c_str());
            test::valueOf(execution->run());
            QCOMPARE(peak.liveBytes, execution->memoryUse().peakLiveBytes);
            const auto isWorkspace = [](const plan::LiveAtPeak& live) {
                return live.kind == plan::LiveKind::Workspace;
            };
            const auto entry = std::find_if(peak.live.begin(), peak.live.end(), isWorkspace);
            QCOMPARE(entry != peak.live.end(), takesAny);
            if (takesAny) {
                QCOMPARE(entry->bytes, peak.workspaceBytes);
                QCOMPARE(entry->producer, peak.node);
                QVERIFY(!entry->value.valid());
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestWorkspace)
#include "test_workspace.moc"
