// SPDX-License-Identifier: Apache-2.0
//
// Suggestions: each kind on a graph that it helps, and what is promised is what a run counts.
#include "engine/plan/suggest.h"
#include "text_model.h"

#include <QtTest>

using namespace orrery;
using plan::SuggestionKind;
using test::planOf;
using test::runOf;

namespace {

// Two wide values of which one would be enough at a time.
constexpr const char* badOrder = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[N,16,4] x) => (float[N,16,1] y) {
   wide = Concat<axis = 2>(x, x, x, x)
   minus = Neg(x)
   wider = Concat<axis = 2>(minus, minus, x, x)
   most = ReduceMax<axes = [2]>(wide)
   least = ReduceMin<axes = [2]>(wider)
   y = Add(most, least)
})";

// Sigmoid of the input waits while the wide branch runs.
constexpr const char* waits = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[N,16,16] x) => (float[N,16,16] y) {
   early = Sigmoid(x)
   narrow = ReduceMax<axes = [2]>(early)
   wide = Concat<axis = 2>(narrow, narrow, narrow, narrow)
   wider = Concat<axis = 2>(wide, wide, wide, wide)
   most = ReduceMax<axes = [2]>(wider)
   y = Add(early, most)
})";

// One value after the other along the only axis: joined in place, nothing is held twice.
constexpr const char* pyramid = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[N,16] x) => (float[M,16] y) {
   a = Sigmoid(x)
   b = Neg(a)
   c = Abs(b)
   all = Concat<axis = 0>(a, b, c)
   y = Exp(all)
})";

// Rows that never meet, at the widest between two products.
constexpr const char* rows = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[N,4] x) => (float[N,4] y)
<float[4,64] up, float[64,4] down> {
   wide = MatMul(x, up)
   bent = Sigmoid(wide)
   y = MatMul(bent, down)
})";

std::string withWeights(std::string text, int rowsOfUp, int columns)
{
    auto list = [](int count) {
        std::string numbers;
        for (int i = 0; i < count; ++i)
            numbers += (i == 0 ? "" : ",") + std::to_string((i * 7) % 11 - 5);
        return numbers;
    };
    const std::string numbers = list(rowsOfUp * columns);
    text.replace(text.find("float[4,64] up"), 14, "float[4,64] up = {" + numbers + "}");
    text.replace(text.find("float[64,4] down"), 16, "float[64,4] down = {" + numbers + "}");
    return text;
}

std::string textOf(SuggestionKind kind)
{
    switch (kind) {
    case SuggestionKind::Reorder:
        return badOrder;
    case SuggestionKind::JoinInPlace:
        return pyramid;
    case SuggestionKind::Recompute:
    case SuggestionKind::Hold:
        return waits;
    case SuggestionKind::Chunk:
    case SuggestionKind::Together:
        break;
    }
    return withWeights(rows, 4, 64);
}

plan::Suggestions suggestionsOf(const std::shared_ptr<const plan::Plan>& plan, const plan::DimValues& dims)
{
    return test::valueOf(plan::suggest(*plan, {}, test::typesOf(*plan, dims), {}));
}

double largestDifference(const test::Ran& a, const test::Ran& b)
{
    double most = 0;
    for (std::size_t i = 0; i < a.outputs.size(); ++i)
        for (std::size_t at = 0; at + 4 <= a.outputs[i].size(); at += 4) {
            float left = 0, right = 0;
            std::memcpy(&left, &a.outputs[i][at], 4);
            std::memcpy(&right, &b.outputs[i][at], 4);
            most = std::max(most, static_cast<double>(std::fabs(left - right)));
        }
    return most;
}

} // namespace

class TestSuggest : public QObject {
    Q_OBJECT
private slots:
    void whatIsPromisedIsWhatARunCounts_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<double>("tolerance"); // of the outputs; 0: to the bit
        QTest::newRow("reorder") << int(SuggestionKind::Reorder) << 0.0;
        QTest::newRow("join in place") << int(SuggestionKind::JoinInPlace) << 0.0;
        QTest::newRow("recompute") << int(SuggestionKind::Recompute) << 0.0;
        QTest::newRow("hold") << int(SuggestionKind::Hold) << 1e-3; // of values between 0 and 2
        QTest::newRow("chunk") << int(SuggestionKind::Chunk) << 1e-4;
    }
    void whatIsPromisedIsWhatARunCounts()
    {
        QFETCH(int, kind);
        QFETCH(double, tolerance);
        const std::string text = textOf(static_cast<SuggestionKind>(kind));
        const plan::DimValues dims{{"N", 8}};
        auto before = planOf(text, {});
        const plan::Suggestions suggestions = suggestionsOf(before, dims);
        auto found = std::find_if(suggestions.list.begin(), suggestions.list.end(),
                                  [&](const auto& one) { return int(one.kind) == kind; });
        QStringList told;
        for (const std::string& line : suggestions.notes)
            told << QString::fromStdString(line);
        QVERIFY2(found != suggestions.list.end(), qPrintable(told.join("; ")));
        QVERIFY(found->peakBytes < suggestions.now.liveBytes);
        QVERIFY(!found->text.empty());
        QCOMPARE(found->sameBits, tolerance == 0);

        // A chain is cut at sizes that the compiler knows.
        const bool isChunk = kind == int(SuggestionKind::Chunk);
        auto after = isChunk ? planOf(text, found->hints, {{"x", {8, 4}}}) : planOf(text, found->hints);
        const test::Ran first = runOf(before, dims),
                        second = runOf(after, isChunk ? plan::DimValues() : dims);
        QCOMPARE(first.memory.peakLiveBytes, suggestions.now.liveBytes);
        QCOMPARE(second.memory.peakLiveBytes, found->peakBytes);
        QCOMPARE(second.memory.arenaBytes, found->arenaBytes);
        if (tolerance == 0)
            QCOMPARE(second.outputs, first.outputs);
        else
            QVERIFY2(largestDifference(first, second) <= tolerance,
                     qPrintable(QString::number(largestDifference(first, second))));
    }

    void theListBeginsWithTheMostSaved()
    {
        const plan::Suggestions suggestions =
            suggestionsOf(planOf(textOf(SuggestionKind::Hold), {}), {{"N", 8}});
        QVERIFY(suggestions.list.size() >= 2);
        for (std::size_t i = 1; i < suggestions.list.size(); ++i)
            QVERIFY(suggestions.list[i - 1].peakBytes <= suggestions.list[i].peakBytes);
    }

    void whatWasLookedForInVainIsSaid()
    {
        constexpr const char* chain = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[16] x) => (float[16] y) {
   y = Relu(x)
})";
        const plan::Suggestions suggestions = suggestionsOf(planOf(chain, {}), {});
        QVERIFY(suggestions.list.empty());
        QCOMPARE(suggestions.notes.size(), std::size_t(5));
    }

    void itCanBeCancelled()
    {
        auto plan = planOf(badOrder, {});
        auto cancelled = plan::suggest(*plan, {}, test::typesOf(*plan, {{"N", 8}}), [] { return true; });
        QVERIFY(!cancelled.ok());
        QCOMPARE(cancelled.error().code, ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestSuggest)
#include "test_suggest.moc"
