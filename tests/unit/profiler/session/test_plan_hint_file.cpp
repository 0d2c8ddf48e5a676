// SPDX-License-Identifier: Apache-2.0
//
// Plan hints kept beside a model: they come back for the root and level that they were kept for, live beside
// breakpoints in one file, and a file made to be a burden is told, not obeyed.
#include "profiler/session/breakpoint_file.h"
#include "profiler/session/plan_hint_file.h"
#include "profiler/session/toml.h"

#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

using namespace orrery;
using namespace orrery::session;
using passes::OptimizeLevel;
using passes::PlanHints;

namespace {

PlanHints sampleHints()
{
    PlanHints hints;
    hints.recompute = {{"a", {"b", "c"}}};
    hints.hold = {{"d", graph::DataType::BFloat16, {"e"}}};
    hints.chunk = {{{"f", "g"}, -2, 5}};
    hints.order = {"h", "line\nbreak \xe2\x80\xae"};
    hints.joinInPlace = {"j"};
    hints.keepApart = {{"fuse_activation", {"k", "l"}}};
    hints.threads = {{"m", 2}};
    hints.kernel = {{"n", "product"}};
    hints.outOfPlace = {"o"};
    return hints;
}

} // namespace

class TestPlanHintFile : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;
    std::string m_model;

    void put(const std::string& text) const { std::ofstream(breakpointFile(m_model)) << text; }
    std::string text() const
    {
        std::ifstream file(breakpointFile(m_model));
        return {std::istreambuf_iterator<char>(file), {}};
    }
    nlohmann::json file() const { return parseToml(text()).releaseValue(); }

private slots:
    void init()
    {
        m_model = m_directory.filePath("m.onnx").toStdString();
        std::filesystem::remove(breakpointFile(m_model));
        std::filesystem::remove(breakpointFile(m_model) + ".broken");
    }

    void hintsComeBackForTheirRootAndLevel()
    {
        PlanHints none;
        none.order = {"z"};
        QVERIFY(savePlanHints(m_model, "", OptimizeLevel::All, sampleHints()).ok());
        QVERIFY(savePlanHints(m_model, "main", OptimizeLevel::None, none).ok());
        auto saved = loadPlanHints(m_model, "main", OptimizeLevel::All);
        QVERIFY(saved.ok());
        QVERIFY(saved->notes.empty());
        QVERIFY(saved->hints == sampleHints());
        QVERIFY(loadPlanHints(m_model, "", OptimizeLevel::None)->hints == none);
        QVERIFY(loadPlanHints(m_model, "", OptimizeLevel::Basic)->hints.empty());
        QVERIFY(loadPlanHints(m_model, "other", OptimizeLevel::All)->hints.empty());
    }

    void nothingIsWrittenForNothing()
    {
        QVERIFY(savePlanHints(m_model, "", OptimizeLevel::All, {}).ok());
        QVERIFY(!std::filesystem::exists(breakpointFile(m_model)));
        QVERIFY(loadPlanHints(m_model, "", OptimizeLevel::All)->hints.empty());
    }

    void keysOfOthersStayAndTheOwnKeyGoesWithTheLastHint()
    {
        put(R"(mine = [1, {x = []}]
               [[plan_hints]]
               root = "main"
               optimize = "all"
               note = "why"
               order = ["a"])");
        graph::Graph graph;
        debug::Breakpoint any;
        any.target = debug::BreakpointTarget::Any;
        QVERIFY(saveBreakpoints(m_model, graph, {any}, {}).ok());
        QCOMPARE(loadPlanHints(m_model, "", OptimizeLevel::All)->hints.order.size(), std::size_t(1));
        QVERIFY(savePlanHints(m_model, "", OptimizeLevel::All, sampleHints()).ok());
        QCOMPARE(file()["plan_hints"].size(), std::size_t(1));
        QCOMPARE(file()["plan_hints"][0]["note"].get<std::string>(), std::string("why"));
        QCOMPARE(loadBreakpoints(m_model, graph)->breakpoints.size(), std::size_t(1));
        QVERIFY(savePlanHints(m_model, "", OptimizeLevel::All, {}).ok());
        QVERIFY(!file().contains("plan_hints"));
        QCOMPARE(file()["mine"].dump(), std::string(R"([1,{"x":[]}])"));
        QCOMPARE(loadBreakpoints(m_model, graph)->breakpoints.size(), std::size_t(1));
    }

    void whatCannotBeUnderstoodIsTold_data()
    {
        QTest::addColumn<QString>("content");
        auto entry = [](const char* members) {
            return QString("[[plan_hints]]\nroot = \"main\"\noptimize = \"all\"\n%1\n").arg(members);
        };
        QTest::newRow("no list") << "plan_hints = 3";
        QTest::newRow("no table") << "[1, 2]";
        QTest::newRow("no end") << "plan_hints = [";
        QTest::newRow("deep") << "plan_hints = " + QString("[").repeated(1'000'000);
        QTest::newRow("order of numbers") << entry("order = [1, 2]");
        QTest::newRow("order an object") << entry("order = {a = 1}");
        QTest::newRow("recompute text") << entry("recompute = \"a\"");
        QTest::newRow("recompute without readers") << entry("recompute = [{value = \"a\"}]");
        QTest::newRow("hold as nonsense")
            << entry(R"(hold = [{value = "a", type = "float3", readers = ["b"]}])");
        QTest::newRow("chunk by a fraction") << entry(R"(chunk = [{nodes = ["a"], axis = 0.5, parts = 2}])");
        QTest::newRow("chunk by text") << entry(R"(chunk = [{nodes = ["a"], axis = 1, parts = "2"}])");
        QTest::newRow("keep apart without a pass") << entry(R"(keep_apart = [{nodes = ["a"]}])");
        QTest::newRow("keep apart one text") << entry(R"(keep_apart = [{pass = "p", nodes = "a"}])");
        QTest::newRow("threads a fraction") << entry(R"(threads = [{node = "a", threads = 1.5}])");
        QTest::newRow("threads without a node") << entry(R"(threads = [{threads = 1}])");
        QTest::newRow("kernel a number") << entry(R"(kernel = [{node = "a", kernel = 1}])");
        QTest::newRow("out of place text") << entry(R"(out_of_place = "a")");
        QTest::newRow("a million entries") << entry("hold = [") + QString("1,").repeated(1'000'000) + "1]";
    }
    void whatCannotBeUnderstoodIsTold()
    {
        QFETCH(QString, content);
        put(content.toStdString());
        auto saved = loadPlanHints(m_model, "", OptimizeLevel::All);
        QVERIFY(saved.ok());
        QVERIFY(saved->hints.empty());
        QCOMPARE(saved->notes.size(), std::size_t(1));
        QVERIFY(std::filesystem::exists(breakpointFile(m_model))); // reading moves nothing away
        QVERIFY(savePlanHints(m_model, "", OptimizeLevel::All, sampleHints()).ok());
        QVERIFY(loadPlanHints(m_model, "", OptimizeLevel::All)->hints == sampleHints());
    }

    void theHintsThatAreUnderstoodCount()
    {
        put(R"(plan_hints = [7, {root = 1},
               {root = "main", optimize = "all", joins = 1, join_in_place = ["c"],)"
            R"( recompute = [1, {value = "a", readers = ["b"]}, {}]}])");
        auto saved = loadPlanHints(m_model, "", OptimizeLevel::All);
        QVERIFY(saved.ok());
        QCOMPARE(saved->hints.count(), std::size_t(2));
        QCOMPARE(saved->notes.size(), std::size_t(1));
        QVERIFY(saved->notes.front().text.find("2 of the 3") != std::string::npos);
    }

    // Whatever a byte becomes: the file is understood, or told about; nothing else happens.
    void aByteThatChangesIsSurvived()
    {
        QVERIFY(savePlanHints(m_model, "", OptimizeLevel::All, sampleHints()).ok());
        const std::string good = text();
        std::uint64_t random = 1;
        int understood = 0, told = 0;
        for (std::size_t at = 0; at < good.size(); ++at)
            for (int round = 0; round < 3; ++round) {
                random = random * 6364136223846793005ULL + 1442695040888963407ULL;
                std::string bad = good;
                if (round == 2)
                    bad.resize(at);
                else
                    bad[at] = round == 0 ? "[]{}\",=0-e\n#"[(random >> 40) % 12] : char(random >> 33);
                put(bad);
                auto saved = loadPlanHints(m_model, "", OptimizeLevel::All);
                QVERIFY(saved.ok());
                QVERIFY(saved->notes.size() <= 20);
                (saved->notes.empty() ? understood : told) += 1;
            }
        QVERIFY(understood > 0 && told > 0);
    }

    void aFileThatIsTooLargeIsAnError()
    {
        put(std::string(std::size_t(17) << 20, ' '));
        QVERIFY(!loadPlanHints(m_model, "", OptimizeLevel::All).ok());
    }
};

QTEST_GUILESS_MAIN(TestPlanHintFile)
#include "test_plan_hint_file.moc"
