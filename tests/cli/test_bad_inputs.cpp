// SPDX-License-Identifier: Apache-2.0
//
// One table of hostile and faulty inputs through the real program. Each row: the exit status that the command
// line promises, one clear line on stderr, no crash, little memory, an end within seconds.
#include "tests/cli/bad_files.h"
#include "tests/cli/program.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace orrery::tests;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::int64_t mostBytes = INT64_MAX; // shadow memory
constexpr double mostSeconds = 60;
#else
constexpr std::int64_t mostBytes = std::int64_t(640) << 20; // 512 MiB over the program at rest
constexpr double mostSeconds = 10;
#endif

std::string bytesOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary) << bytes;
}

QByteArray describe(const ProgramOutcome& outcome)
{
    return QByteArray::fromStdString(
        "status " + std::to_string(outcome.status) + ", signal " + std::to_string(outcome.signal) + ", " +
        std::to_string(outcome.seconds) + " s, " + std::to_string(outcome.peakBytes >> 20) +
        " MiB\nout: " + outcome.out.substr(0, 1000) + "\nerr: " + outcome.err.substr(0, 2000));
}

// Ended by itself, quickly and small.
bool behaved(const ProgramOutcome& outcome)
{
    return outcome.signal == 0 && !outcome.timedOut && outcome.seconds < mostSeconds &&
           outcome.peakBytes < mostBytes;
}

} // namespace

class TestBadInputs : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;
    std::string m_folder;

    std::string in(const std::string& file) const { return m_folder + "/" + file; }

private slots:
    void initTestCase()
    {
        m_folder = m_directory.filePath("models").toStdString();
        QVERIFY(std::filesystem::create_directory(m_folder));
        QVERIFY(makeBadFiles(m_folder));
        QCOMPARE(runProgram({"profile", SAMPLE_GRAPHS "/mlp.onnxtxt", "--trace", in("good.orrery")}).status,
                 0);
        std::string trace = bytesOf(in("good.orrery"));
        QVERIFY(trace.size() > 4096);
        write(in("truncated.orrery"), trace.substr(0, trace.size() / 2));
        write(in("header_only.orrery"), trace.substr(0, 100));
        std::string other = trace;
        other.replace(68, 4, "ABCD"); // application_id
        write(in("other_application.orrery"), other);
    }

    void isRefused_data()
    {
        QTest::addColumn<QString>("words"); // $F: the folder of bad files, $S: the sample graphs
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("says"); // a regular expression

        auto row = [](const char* name, const char* words, int status, const char* says) {
            QTest::newRow(name) << words << status << says;
        };
        // Files that hold no model.
        row("missing file", "run $F/no_such.onnx", 3, "no_such\\.onnx: .*[Nn]o such file");
        row("folder", "run $F/folder.onnx", 3, "folder\\.onnx: .*folder");
        row("pipe", "run $F/pipe.onnx", 3, "pipe\\.onnx: .*");
        row("empty file", "run $F/empty.onnx", 3, "empty\\.onnx: .*empty");
        row("one byte", "check $F/one_byte.onnx", 3, "one_byte\\.onnx: .*");
        row("random bytes", "check $F/random.onnx", 3, "random\\.onnx: .*");
        row("random bytes, no extension", "profile $F/random.bin", 3, "random\\.bin: .*");
        row("PNG", "run $F/picture.onnx", 3, "PNG");
        row("ZIP", "run $F/archive.onnx", 3, "(?i)zip");
        row("HTML", "run $F/page.onnx", 3, "HTML");
        row("HTML to convert", "convert $F/page.onnx $F/x.onnx", 3, "HTML");
        row("HTML to render", "render $F/page.onnx --out $F/x.svg", 3, "page\\.onnx");
        row("HTML to show", "$F/page.onnx --screenshot $F/x.png", 3, "page\\.onnx");
        row("text that breaks off", "check $F/syntax.onnxtxt", 3, "syntax\\.onnxtxt: .*line 2");
        // Tensors that claim too much.
        row("2^40 elements, 4 bytes", "run $F/terabyte_initializer.onnx", 3,
            "\"?w\"?.*4 bytes|\"?w\"?.*1099511627776");
        row("dims overflow", "run $F/overflowing_dims.onnx", 3, "4294967296");
        row("dims at the limit", "run $F/largest_dim.onnx", 3, "9223372036854775807");
        row("negative dim", "run $F/negative_dim.onnx", 3, "-1");
        row("2^40 elements as input", "run $F/terabyte_input.onnxtxt", 4, "memory|limit");
        row("2^40 elements by --shape", "run $S/mlp.onnxtxt --shape x=68719476736x16", 4, "memory|limit");
        row("--shape overflows", "run $S/mlp.onnxtxt --shape x=9223372036854775807x16", 4,
            "\"x\".*9223372036854775807");
        // Graphs that cannot run.
        row("cycle", "run $S/cycle.onnxtxt", 3, "cycle: relu → add → relu");
        row("dangling input", "run $S/missing_input.onnxtxt", 3, "add: .*\"bias\"");
        row("unknown operator", "profile $S/unknown_op.onnxtxt", 3, "fancy: .*com\\.example\\.Fancy");
        row("shapes clash", "run $S/shape_clash.onnxtxt", 3, "project: .*2×3.*4×5");
        row("opset 9999", "run $F/opset_9999.onnxtxt", 3, "9999");
        row("opset 0", "run $F/opset_0.onnxtxt", 3, "opset|version");
        row("axis out of range", "run $F/axis.onnxtxt", 3, "soft: .*7");
        row("stride 0", "run $F/stride.onnxtxt", 3, "conv: .*stride");
        row("weight of another rank", "run $F/conv_rank.onnxtxt", 3, "conv: ");
        row("If in If 10,000 deep", "run $F/nested_ifs.onnxtxt", 3, "deep|nest");
        row("function that calls itself", "run $F/recursion.onnxtxt", 3, "again");
        row("2^64 calls", "run $F/doubling.onnxtxt", 3, "inlined.*nodes; the limit");
        // External data.
        row("external in the parent", "run $F/external_parent.onnxtxt", 3, "\\.\\./outside\\.bin");
        row("external by a detour", "run $F/external_winding.onnxtxt", 3, "outside\\.bin");
        row("external absolute", "run $F/external_absolute.onnxtxt", 3, "/etc/passwd");
        row("external device", "run $F/external_device.onnxtxt", 3, "/dev/zero");
        row("external symbolic link", "run $F/external_symlink.onnxtxt", 3, "symlink\\.bin");
        row("external linked folder", "run $F/external_linked_folder.onnxtxt", 3, "up/outside\\.bin");
        row("external hard link", "run $F/external_hardlink.onnxtxt", 3, "hardlink\\.bin");
        row("external FIFO", "run $F/external_fifo.onnxtxt", 3, "pipe\\.bin");
        row("external folder", "run $F/external_folder.onnxtxt", 3, "folder\\.onnx");
        row("external beyond the end", "run $F/external_beyond.onnxtxt", 3, "inside\\.bin");
        row("external offset overflows", "run $F/external_overflowing.onnxtxt", 3, "inside\\.bin|offset");
        row("external offset negative", "run $F/external_negative.onnxtxt", 3, "inside\\.bin|offset");
        row("external absent", "run $F/external_absent.onnxtxt", 3, "absent\\.bin");
        row("external without a name", "run $F/external_nothing.onnxtxt", 3, "empty");
        row("external dot", "run $F/external_dot.onnxtxt", 3, "\"?\\.\"?");
        // The debugger, and libraries.
        row("HTML to debug", "debug $F/page.onnx", 3, "HTML");
        row("cycle to debug", "debug $S/cycle.onnxtxt", 3, "cycle: relu → add → relu");
        row("reference that is absent", "debug $S/mlp.onnxtxt --reference $F/no_such.npz", 3,
            "no_such\\.npz");
        row("library that is absent", "run $S/mlp.onnxtxt --custom-ops $F/no_such.so", 3, "no_such\\.so");
        row("library that is none", "run $S/mlp.onnxtxt --custom-ops $F/random.bin", 3, "random\\.bin");
        row("loop without an end", "run $S/hang.onnxtxt --time-limit 1", 4, "time limit of 1 s");
        // Inputs that do not fit.
        row("unknown input", "run $S/mlp.onnxtxt --shape nothing=1x16", 2, "no input.*\"nothing\"");
        row("unknown input file", "run $S/mlp.onnxtxt --input x=$F/no_such.npy", 3, "no_such\\.npy");
        row("input that is no tensor", "run $S/mlp.onnxtxt --input x=$F/random.bin", 3, "random\\.bin");
        row("rank differs", "run $S/mlp.onnxtxt --shape x=1x2x16", 2, "\"x\": expected .*N×16, found 1×2×16");
        row("dim differs", "run $S/mlp.onnxtxt --shape x=1x17", 2, "\"x\": expected .*N×16, found 1×17");
        row("shape not given", "run $S/lstm.onnxtxt", 2, "\"x\".*--shape x=");
        row("data folder absent", "run $S/mlp.onnxtxt --data $F/no_such", 3, "no_such");
        row("root absent", "run $S/mlp.onnxtxt --root other", 2, "\"other\".*main");
        // Failures while running, with the node.
        row("Gather out of range", "run $F/gather.onnxtxt", 4, "pick: ");
        row("integer division by zero", "run $F/divide.onnxtxt", 4, "halve: .*zero");
        row("integer modulo zero", "run $F/modulo.onnxtxt", 4, "rest: .*zero");
        row("Expand to 4 TB", "run $F/expand.onnxtxt", 4, "widen: ");
        row("Tile to 4 TB", "run $F/tile.onnxtxt", 4, "repeat: ");
        row("Reshape to other count", "run $F/reshape.onnxtxt", 4, "shape: ");
        row("ConstantOfShape of 4 TB", "run $F/fill.onnxtxt", 4, "fill: ");
        row("Range of 4 TB", "run $F/range.onnxtxt", 4, "count: ");
        row("memory limit", "profile $S/cifar10_cnn.onnxtxt --memory-limit 1000", 4,
            "conv1: .* would take the run to .* the limit of 1000 B");
        row("time limit", "profile $S/cifar10_cnn.onnxtxt --runs 100000000 --time-limit 0.001", 4, "time");
        row("Expand to 4 TB, in process", "run $F/expand.onnxtxt --in-process", 4, "widen: ");
        // Traces.
        row("trace to nowhere", "profile $S/mlp.onnxtxt --trace $F/no_such/x.orrery", 3,
            "no_such/x\\.orrery: ");
        row("trace onto a folder", "profile $S/mlp.onnxtxt --trace $F/folder.onnx", 3, "folder\\.onnx: ");
        row("trace onto a text", "profile $S/mlp.onnxtxt --trace $F/junk.orrery", 3, "junk\\.orrery: ");
        row("report of text", "report $F/junk.orrery", 3, "junk\\.orrery: .*text");
        row("report of a model", "report $S/mlp.onnxtxt", 3, "mlp\\.onnxtxt: .*not an Orrery trace");
        row("report of nothing", "report $F/no_such.orrery", 3, "no_such\\.orrery: ");
        row("report of a cut trace", "report $F/truncated.orrery", 3, "truncated\\.orrery: ");
        row("report of a header", "report $F/header_only.orrery", 3, "header_only\\.orrery: ");
        row("report of another database", "report $F/other_application.orrery", 3,
            "other_application\\.orrery: ");
        row("SQL on another database", "sql $F/other_application.orrery SELECT", 3,
            "other_application\\.orrery: ");
        row("render of a cut trace", "render $F/truncated.orrery --graph runtime --out $F/x.svg", 3,
            "truncated");
        row("report of an unknown run", "report $F/good.orrery --run 9", 2, "9");
        row("picture to nowhere", "render $S/mlp.onnxtxt --out $F/no_such/x.svg", 3, "no_such/x\\.svg: ");
        row("screenshot to nowhere", "$S/mlp.onnxtxt --screenshot $F/no_such/x.png", 3, "no_such/x\\.png: ");
        row("conversion to nowhere", "convert $S/mlp.onnxtxt $F/no_such/x.onnx", 3, "no_such/x\\.onnx: ");
        row("outputs to nowhere", "run $S/mlp.onnxtxt --output-dir $F/junk.orrery/x", 3, "junk\\.orrery/x: ");
    }

    void isRefused()
    {
        QFETCH(QString, words);
        QFETCH(int, status);
        QFETCH(QString, says);
        std::vector<std::string> arguments;
        for (const QString& word : words.split(' '))
            arguments.push_back(QString(word)
                                    .replace("$F", QString::fromStdString(m_folder))
                                    .replace("$S", SAMPLE_GRAPHS)
                                    .toStdString());
        ProgramOutcome outcome = runProgram(arguments);
        QVERIFY2(behaved(outcome), describe(outcome));
        QVERIFY2(outcome.status == status, describe(outcome));
        QVERIFY2(outcome.errorLines().size() == 1, describe(outcome));
        QVERIFY2(QRegularExpression(says).match(QString::fromStdString(outcome.err)).hasMatch(),
                 describe(outcome));
        QVERIFY2(outcome.out.empty(), describe(outcome));
    }

    void refusedTraceIsLeftAsItWas()
    {
        QCOMPARE(bytesOf(in("junk.orrery")), std::string("this is no trace\n"));
        for (const char* name : {"truncated.orrery", "other_application.orrery"}) {
            std::string before = bytesOf(in(name));
            ProgramOutcome outcome =
                runProgram({"profile", SAMPLE_GRAPHS "/mlp.onnxtxt", "--trace", in(name)});
            QVERIFY2(behaved(outcome) && outcome.status == 3, describe(outcome));
            QVERIFY2(outcome.errorLines().size() == 1, describe(outcome));
            QVERIFY(bytesOf(in(name)) == before);
        }
    }

    void truncatedModelsAreRefusedOrRead_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::newRow("protobuf") << "onnx";
        QTest::newRow("text") << "onnxtxt";
    }

    void truncatedModelsAreRefusedOrRead()
    {
        QFETCH(QString, kind);
        std::string whole = in("whole." + kind.toStdString());
        QCOMPARE(runProgram({"convert", SAMPLE_GRAPHS "/if_branch.onnxtxt", whole}).status, 0);
        std::string bytes = bytesOf(whole);
        std::string cut = in("cut." + kind.toStdString());
        int refused = 0;
        constexpr std::size_t points = 40;
        for (std::size_t i = 0; i < points; ++i) {
            write(cut, bytes.substr(0, bytes.size() * i / points));
            ProgramOutcome outcome = runProgram({"check", cut});
            QVERIFY2(behaved(outcome), describe(outcome));
            QVERIFY2(outcome.status == 3 || outcome.status == 1 || outcome.status == 0, describe(outcome));
            QVERIFY2((outcome.status == 3) == (outcome.errorLines().size() == 1), describe(outcome));
            refused += outcome.status == 3 ? 1 : 0;
        }
        QVERIFY(refused > static_cast<int>(points) / 2);
    }

    void twoProducersOfOneNameAreReported()
    {
        ProgramOutcome outcome = runProgram({"check", in("twice.onnxtxt")});
        QVERIFY2(outcome.status == 1 && outcome.out.find("duplicate-value-name") != std::string::npos,
                 describe(outcome));
    }

    void nanToIntegerIsDefined()
    {
        ProgramOutcome outcome = runProgram({"run", in("cast_nan.onnxtxt")});
        QVERIFY2(behaved(outcome) && outcome.status == 0 && outcome.err.empty(), describe(outcome));
    }

    void hostileNames_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::newRow("quotes") << QByteArray("a\"b'c`d\\");
        QTest::newRow("newlines") << QByteArray("first\nsecond\rthird");
        QTest::newRow("terminal escape") << QByteArray("\x1b[31mred\x1b]0;title\x07");
        QTest::newRow("HTML") << QByteArray(
            "</text><script>alert(1)</script><img src=file:///etc/passwd>&amp;");
        QTest::newRow("bidirectional") << QByteArray("safe\xe2\x80\xae"
                                                     "exe.txt");
        QTest::newRow("NUL") << QByteArray("a\0b", 3);
        QTest::newRow("not UTF-8") << QByteArray("a\xff\xfe"
                                                 "b");
        QTest::newRow("spreadsheet formula") << QByteArray("=cmd|'/c calc'!A1");
        QTest::newRow("10,000 characters") << QByteArray(10'000, 'n');
        QTest::newRow("10 MB") << QByteArray(10 << 20, 'n');
    }

    void hostileNames()
    {
        QFETCH(QByteArray, name);
        std::string model = in("named.onnx");
        std::string trace = in("named.orrery");
        std::string picture = in("named.svg");
        std::filesystem::remove(trace);
        write(model, modelWithName(name.toStdString()));
        const std::vector<std::vector<std::string>> commands = {
            {"check", model},
            {"run", model},
            {"profile", model, "--runs", "2", "--trace", trace},
            {"report", trace},
            {"report", trace, "--by", "scope", "--format", "csv"},
            {"sql", trace, "SELECT name FROM op_hotspots"},
            {"convert", model, in("named.onnxtxt")},
            {"render", model, "--out", picture},
            {"render", trace, "--graph", "runtime", "--overlay", "time", "--out", picture},
            {model, "--screenshot", in("named.png")},
        };
        for (const auto& command : commands) {
            ProgramOutcome outcome = runProgram(command);
            QVERIFY2(behaved(outcome), describe(outcome));
            QVERIFY2(outcome.status == 0 && outcome.err.empty(), describe(outcome));
            QVERIFY2(outcome.out.size() < 20'000, describe(outcome));
            QVERIFY2(
                std::none_of(outcome.out.begin(), outcome.out.end(),
                             [](char c) { return c == '\x1b' || c == '\0' || c == '\r' || c == '\x07'; }),
                describe(outcome));
            QVERIFY2(outcome.out.find("\xe2\x80\xae") == std::string::npos, describe(outcome));
        }
        QVERIFY(runProgram({"report", trace}).out.find("\nsecond") == std::string::npos);
        QVERIFY(runProgram({"report", trace, "--format", "csv"}).out.find("\n=cmd") == std::string::npos);
        std::string svg = bytesOf(picture);
        QVERIFY(svg.find("<script") == std::string::npos && svg.find("<img") == std::string::npos);
        QVERIFY(svg.size() < (1 << 20));
        ProgramOutcome json = runProgram({"profile", model, "--runs", "1", "--format", "json"});
        auto parsed = nlohmann::json::parse(json.out, nullptr, false);
        QVERIFY2(!parsed.is_discarded() && parsed["hotspots"].size() == 1, describe(json));
    }
};

QTEST_GUILESS_MAIN(TestBadInputs)
#include "test_bad_inputs.moc"
