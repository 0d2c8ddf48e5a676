// SPDX-License-Identifier: Apache-2.0
//
// Positions kept beside a model: they come back to the digit under any name, live beside the other parts of
// the file, and what makes no sense is counted and left out.
#include "profiler/session/breakpoint_file.h"
#include "profiler/session/position_file.h"

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>

using namespace orrery::session;

class TestPositionFile : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;
    std::string m_model;

private slots:
    void init()
    {
        m_model = m_directory.filePath("m.onnx").toStdString();
        std::filesystem::remove(breakpointFile(m_model));
    }

    void comeBackUnderAnyName()
    {
        const Positions placed = {{"conv1", {12.5, -1.0 / 3}},
                                  {"a.b = \"c\" ]\n# no comment", {0, 1e6}},
                                  {"\xe2\x80\xae right to left", {1, 2}},
                                  {"", {3, 4}}};
        QVERIFY(savePositions(m_model, "dataflow", placed).ok());
        QVERIFY(savePositions(m_model, "compute", {{"x", {1, 1}}}).ok());
        auto saved = loadPositions(m_model, "dataflow");
        QVERIFY(saved.ok() && saved->notes.empty());
        QVERIFY(saved->positions == placed);
        QCOMPARE(loadPositions(m_model, "compute")->positions.size(), std::size_t(1));
        QVERIFY(loadPositions(m_model, "runtime")->positions.empty());
    }

    void theLastOnesTakeTheirKeyWithThem()
    {
        QVERIFY(savePositions(m_model, "dataflow", {}).ok());
        QVERIFY(!std::filesystem::exists(breakpointFile(m_model)));
        std::ofstream(breakpointFile(m_model)) << "other = 1 # of somebody\n";
        QVERIFY(savePositions(m_model, "dataflow", {{"a", {1, 2}}}).ok());
        QVERIFY(savePositions(m_model, "dataflow", {}).ok());
        std::ifstream file(breakpointFile(m_model));
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        QVERIFY(text.find("positions") == std::string::npos);
        QVERIFY(text.find("other = 1") != std::string::npos);
    }

    // Two such names would else become one key, and the file could not be read again.
    void namesThatAreNoTextAreLeftOut()
    {
        QVERIFY(savePositions(m_model, "dataflow", {{"\xff", {1, 2}}, {"\xfe", {3, 4}}, {"a", {5, 6}}}).ok());
        const auto saved = loadPositions(m_model, "dataflow");
        QVERIFY(saved.ok() && saved->notes.empty());
        QVERIFY((saved->positions == Positions{{"a", {5, 6}}}));
    }

    void damageIsToldWithItsLine()
    {
        std::ofstream(breakpointFile(m_model)) << "[positions.dataflow]\na = [1, 2]\nb = [1, 2\n";
        const auto saved = loadPositions(m_model, "dataflow");
        QVERIFY(saved.ok() && saved->positions.empty());
        QCOMPARE(saved->notes.size(), std::size_t(1));
        QVERIFY(saved->notes[0].text.find(
                    "damaged (line 4: expected ',' or ']', found the end of the file)") != std::string::npos);
    }

    void whatMakesNoSenseIsCounted()
    {
        std::ofstream(breakpointFile(m_model)) << R"(
[positions.dataflow]
a = [1, 2]
b = [1]
c = [1, true]
d = [1, 1e99]
e = "x"
f = [1, "2"]
)";
        auto saved = loadPositions(m_model, "dataflow");
        QVERIFY(saved.ok());
        QVERIFY((saved->positions == Positions{{"a", {1, 2}}}));
        QCOMPARE(saved->notes.size(), std::size_t(1));
        QVERIFY(saved->notes[0].text.find("5 of the 6") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestPositionFile)
#include "test_position_file.moc"
