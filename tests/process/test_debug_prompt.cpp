// SPDX-License-Identifier: Apache-2.0
//
// `orrery debug` as a shell script uses it: the real program and its runner, commands through standard input,
// replies as text and as lines of JSON. Faulty samples are found, runners that hang or die are survived.
#include "tests/cli/program.h"
#include "tests/cli/terminal_program.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>

using namespace orrery::tests;
using nlohmann::json;

namespace {

std::string sample(const std::string& name) { return SAMPLE_GRAPHS "/" + name + ".onnxtxt"; }

QByteArray describe(const ProgramOutcome& outcome)
{
    return QByteArray::fromStdString(
        "status " + std::to_string(outcome.status) + ", signal " + std::to_string(outcome.signal) +
        (outcome.timedOut ? ", timed out" : "") + "\nout: " + outcome.out.substr(0, 4000) +
        "\nerr: " + outcome.err.substr(0, 2000));
}

ProgramOutcome debug(const std::string& model, const std::string& script, std::vector<std::string> more = {},
                     ProgramOptions options = {})
{
    std::vector<std::string> arguments = {"debug", model};
    arguments.insert(arguments.end(), more.begin(), more.end());
    options.input = script;
    return runProgram(arguments, options);
}

// The replies, the one at the start left out; fewer when a line is no JSON.
std::vector<json> repliesOf(const ProgramOutcome& outcome)
{
    std::vector<json> replies;
    std::size_t from = 0;
    while (from < outcome.out.size()) {
        std::size_t end = std::min(outcome.out.find('\n', from), outcome.out.size());
        json reply = json::parse(outcome.out.substr(from, end - from), nullptr, false);
        if (reply.is_discarded())
            break;
        replies.push_back(std::move(reply));
        from = end + 1;
    }
    if (!replies.empty())
        replies.erase(replies.begin());
    return replies;
}

std::vector<json> debugJson(const std::string& model, const std::string& script,
                            std::vector<std::string> more = {})
{
    more.insert(more.end(), {"--format", "json"});
    return repliesOf(debug(model, script, std::move(more)));
}

std::string lines(const std::vector<std::string>& commands)
{
    std::string text;
    for (const std::string& command : commands)
        text += command + "\n";
    return text;
}

std::string times(int count, const std::string& command)
{
    std::string text;
    for (int i = 0; i < count; ++i)
        text += command + "\n";
    return text;
}

std::string nextOf(const json& reply)
{
    return reply.contains("next") && reply["next"].is_object() ? reply["next"]["name"].get<std::string>()
                                                               : "";
}

std::string previousOf(const json& reply)
{
    return reply.contains("previous") && reply["previous"].is_object()
               ? reply["previous"]["name"].get<std::string>()
               : "";
}

bool matches(const std::string& text, const char* pattern)
{
    return QRegularExpression(pattern, QRegularExpression::MultilineOption)
        .match(QString::fromStdString(text))
        .hasMatch();
}

} // namespace

class TestDebugPrompt : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;

    std::string in(const char* file) const { return m_directory.filePath(file).toStdString(); }

private slots:
    void stepsNodeByNode()
    {
        auto outcome = debug(sample("nan"), lines({"step", "s 2", "where", "back", "quit"}));
        QVERIFY2(outcome.status == 0 && outcome.errorLines().empty(), describe(outcome));
        QVERIFY2(matches(outcome.out, "^\\[0\\] => centre \\(Sub\\)$"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^ +in +x +float \\d+×4$"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^\\[1\\] => square \\(Mul\\)$"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^\\[3\\] => normalise \\(Div\\)$"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^#0  normalise \\(Div\\) in main$"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^\\[2\\] => spread \\(Sqrt\\)$"), describe(outcome));
    }

    void thereAndBackIsTheSame_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("shape");
        for (const auto& [name, shape] :
             std::initializer_list<std::pair<const char*, const char*>>{{"nan", "x=1x4"},
                                                                        {"mlp", "x=2x16"},
                                                                        {"transformer_block", "x=1x6x32"},
                                                                        {"if_branch", "x=1x4"},
                                                                        {"loop", "x=4"},
                                                                        {"scan", "x=6x4"},
                                                                        {"function_call", "x=1x4"},
                                                                        {"random", "x=3x8"},
                                                                        {"symbolic_reshape", "x=2x3x4x5"},
                                                                        {"lstm", "x=5x1x4"}})
            QTest::newRow(name) << name << shape;
    }

    // What is printed at a position does not depend on the way there, and neither do the bits.
    void thereAndBackIsTheSame()
    {
        QFETCH(QString, model);
        QFETCH(QString, shape);
        std::vector<std::string> shapes = {"--shape", shape.toStdString()};
        const int steps = 60; // more than any of these has
        std::string walk =
            times(steps, "into") + times(steps, "back-into") + times(steps, "step") + times(steps, "back");
        // All that is no constant is watched.
        auto start = debugJson(sample(model.toStdString()), "info values\n", shapes);
        QVERIFY(start.size() == 1);
        std::string watches;
        for (const json& value : start[0]["values"])
            if (!value["constant"].get<bool>())
                watches += "watch %" + std::to_string(value["value"].get<int>()) + "\n";
        auto replies = debugJson(sample(model.toStdString()), watches + walk, shapes);
        std::map<std::pair<std::uint64_t, std::string>, json> seen; // by position and call stack
        int states = 0;
        int finished = 0;
        json last;
        for (json& reply : replies) {
            QVERIFY2(!reply.contains("error") || reply["error"].is_null(), reply.dump().c_str());
            if (!reply.contains("position"))
                continue;
            ++states;
            finished += reply["finished"].get<bool>() ? 1 : 0;
            json kept = {{"next", reply["next"]},
                         {"stack", reply["stack"]},
                         {"previous", reply["previous"]},
                         {"live_bytes", reply["live_bytes"]}};
            for (const json& watch : reply["watches"])
                kept["watches"].push_back({watch["value"], watch["tensor"]});
            auto [at, fresh] = seen.try_emplace({reply["position"], reply["stack"].dump()}, kept);
            QVERIFY2(fresh || at->second == kept,
                     ("at " + reply["position"].dump() + "\n" + at->second.dump() + "\n" + kept.dump())
                         .substr(0, 4000)
                         .c_str());
            last = std::move(reply);
        }
        QCOMPARE(states, 4 * steps);
        QVERIFY(finished > 0);
        QCOMPARE(last["position"].get<int>(), 0);
        QCOMPARE(last["reason"].get<std::string>(), std::string("beginning"));
    }

    void seedsDecideWhatIsRandom()
    {
        auto valueWith = [&](const char* seed) {
            auto replies = debugJson(sample("random"), "continue\nprint y\n", {"--seed", seed});
            return replies.size() == 2 ? replies[1]["data"] : json();
        };
        QVERIFY(valueWith("3").is_array());
        QVERIFY(valueWith("3") == valueWith("3"));
        QVERIFY(valueWith("3") != valueWith("4"));
    }

    void goesIntoBodiesAndOut()
    {
        auto replies = debugJson(sample("loop"), lines({"run-to sum", "into", "run-to accumulate",
                                                        "run-to accumulate", "where", "out", "reverse-out"}));
        QCOMPARE(replies.size(), std::size_t(7));
        QCOMPARE(nextOf(replies[0]), std::string("sum"));
        QCOMPARE(replies[1]["stack"].size(), std::size_t(2));
        QCOMPARE(replies[1]["stack"][1]["entered"]["name"].get<std::string>(), std::string("sum"));
        QCOMPARE(replies[2]["stack"][1]["iteration"].get<int>(), 0);
        QCOMPARE(replies[3]["stack"][1]["iteration"].get<int>(), 1);
        QCOMPARE(replies[3]["stack"][1]["iterations"].get<int>(), 5);
        QVERIFY(replies[5]["stack"].empty());
        QVERIFY(replies[5]["finished"].get<bool>());
        QVERIFY(replies[6]["position"].get<int>() < replies[5]["position"].get<int>());
    }

    void goesIntoFunctions()
    {
        auto replies = debugJson(sample("function_call"),
                                 lines({"into", "into", "where", "out", "out", "step", "into"}));
        QCOMPARE(replies.size(), std::size_t(7));
        QCOMPARE(replies[0]["stack"].size(), std::size_t(2));
        QCOMPARE(replies[1]["stack"].size(), std::size_t(3));
        QCOMPARE(replies[3]["stack"].size(), std::size_t(2));
        QCOMPARE(nextOf(replies[4]), std::string("between"));
        QCOMPARE(nextOf(replies[5]), std::string("second"));
        QCOMPARE(replies[6]["stack"][1]["entered"]["name"].get<std::string>(), std::string("second"));
    }

    void stopsAtBreakpoints()
    {
        auto replies = debugJson(sample("cifar10_cnn"),
                                 lines({"break relu2", "break-op MaxPool", "log dense1", "info breaks",
                                        "continue", "continue", "disable 1", "c", "c", "rc", "enable 1", "rc",
                                        "ignore 1 1", "restart", "delete 1", "c", "delete all", "c"}));
        QCOMPARE(replies.size(), std::size_t(18));
        QCOMPARE(replies[3]["breakpoints"].size(), std::size_t(3));
        std::string first = replies[0]["breakpoint"].dump();
        QCOMPARE(replies[5]["hits"][0]["breakpoint"].dump(), first);
        QCOMPARE(replies[8]["logged"][0]["node"]["name"].get<std::string>(), std::string("dense1"));
        std::vector<std::string> stops;
        for (std::size_t i : {4U, 5U, 7U, 8U, 9U, 11U, 15U, 17U})
            stops.push_back(replies[i]["finished"].get<bool>() ? "the end" : nextOf(replies[i]));
        QCOMPARE(stops, (std::vector<std::string>{"pool1", "relu2", "pool2", "the end", "pool2", "relu2",
                                                  "pool1", "the end"}));
    }

    void ignoredHitsAndOneTimeBreakpoints()
    {
        auto replies =
            debugJson(sample("cifar10_cnn"), lines({"tbreak relu1", "c", "rc", "c", "info breaks"}));
        QCOMPARE(replies.size(), std::size_t(5));
        QCOMPARE(nextOf(replies[1]), std::string("relu1"));
        QCOMPARE(replies[2]["reason"].get<std::string>(), std::string("beginning"));
        QVERIFY(replies[3]["finished"].get<bool>());
        QVERIFY(replies[4]["breakpoints"].empty());
        auto ignoring =
            debugJson(sample("cifar10_cnn"), lines({"break-op MaxPool", "ignore 1 1", "continue"}));
        QCOMPARE(ignoring.size(), std::size_t(3));
        QCOMPARE(nextOf(ignoring[2]), std::string("pool2"));
    }

    void conditionsStopAfterTheNode()
    {
        auto replies =
            debugJson(sample("nan"), lines({"break-all if nan", "continue", "back", "print d", "continue"}));
        QCOMPARE(replies.size(), std::size_t(5));
        QCOMPARE(previousOf(replies[1]), std::string("normalise"));
        QCOMPARE(replies[1]["hits"][0]["node"]["name"].get<std::string>(), std::string("normalise"));
        QVERIFY(!replies[1]["hits"][0]["sentence"].get<std::string>().empty());
        QCOMPARE(nextOf(replies[2]), std::string("normalise"));
        QCOMPARE(previousOf(replies[4]), std::string("normalise"));
    }

    void looksAtValues()
    {
        auto outcome = debug(sample("nan"), lines({"run-to output", "print q", "print q[0, :2]", "stats q",
                                                   "origin q", "info values", "info memory", "info nodes",
                                                   "print q + 1", "eval Abs(x)", "compare x x"}));
        QVERIFY2(outcome.status == 0 && outcome.errorLines().empty(), describe(outcome));
        QVERIFY2(matches(outcome.out, "^q: float 1×4"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^\\[\\[nan nan nan nan\\]\\]$"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^\\[nan nan\\]$"), describe(outcome));
        QVERIFY2(matches(outcome.out, "NaN 4 \\(100 %\\), the first at \\[0, 0\\]"), describe(outcome));
        QVERIFY2(matches(outcome.out, "written by  normalise \\(Div\\)"), describe(outcome));
        QVERIFY2(matches(outcome.out, "read by +output \\(Tanh\\), input 0"), describe(outcome));
        QVERIFY2(matches(outcome.out, "dim 0 +1 +x\\[0\\]"), describe(outcome));
    }

    void freedValuesAreComputedAgainOnRequest()
    {
        auto outcome =
            debug(sample("mlp"),
                  lines({"run-to softmax", "print h", "recompute print h", "recompute stats h", "where"}));
        QVERIFY2(outcome.status == 0, describe(outcome));
        auto errors = outcome.errorLines();
        QVERIFY2(errors.size() == 1 && errors[0].find("not captured") != std::string::npos &&
                     errors[0].find("recompute print h") != std::string::npos,
                 describe(outcome));
        QVERIFY2(matches(outcome.out, "^h: float 1×32  computed again"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^position 3$"), describe(outcome));
    }

    void changesMakeBranches()
    {
        auto replies = debugJson(
            sample("mlp"), lines({"run-to output", "print r", "set r full(2, 1, 32)", "print r", "continue",
                                  "rerun", "branches", "branch 0", "print y", "branch 1", "print y"}));
        QCOMPARE(replies.size(), std::size_t(11));
        QCOMPARE(replies[2]["reason"].get<std::string>(), std::string("changed"));
        QCOMPARE(replies[2]["branch"].get<int>(), 1);
        QVERIFY2(replies[3]["data"] == json(std::vector<double>(32, 2.0)), replies[3]["data"].dump().c_str());
        QVERIFY(replies[1]["data"] != replies[3]["data"]);
        QVERIFY(replies[4]["finished"].get<bool>());
        QVERIFY(replies[5]["outputs"][0]["difference"]["max_abs_error"].get<double>() > 0);
        QCOMPARE(replies[6]["branches"].size(), std::size_t(2));
    }

    void editsChangeTheGraphOfTheBranch()
    {
        auto replies =
            debugJson(sample("mlp"), lines({"replace relu LeakyRelu alpha=0.5", "info nodes relu",
                                            "bypass relu", "info nodes relu", "branch 0", "info nodes relu",
                                            "set-attr softmax axis=0", "step 4", "print y", "skip"}));
        QCOMPARE(replies.size(), std::size_t(10));
        QCOMPARE(replies[1]["nodes"][0]["op_type"].get<std::string>(), std::string("LeakyRelu"));
        QCOMPARE(replies[3]["nodes"][0]["op_type"].get<std::string>(), std::string("Identity"));
        QCOMPARE(replies[5]["nodes"][0]["op_type"].get<std::string>(), std::string("Relu"));
        QVERIFY2(replies[8]["data"] == json(std::vector<double>(4, 1.0)),
                 replies[8]["data"].dump().c_str()); // of one row, along the batch
    }

    void filesGoOutAndIn()
    {
        std::string npy = in("h.npy");
        auto replies =
            debugJson(sample("mlp"), lines({"step", "export h " + npy, "export h " + in("h.pb"),
                                            "export h " + in("h.csv"), "export h " + in("h.png"),
                                            "compare h " + npy, "set h zeros(1, 32)", "compare h " + npy,
                                            "set h " + npy, "compare h " + npy, "export h " + in("h.txt")}));
        QCOMPARE(replies.size(), std::size_t(11));
        for (const char* file : {"h.npy", "h.pb", "h.csv", "h.png"})
            QVERIFY2(std::filesystem::file_size(in(file)) > 50, file);
        QCOMPARE(replies[5]["different"].get<int>(), 0);
        QVERIFY(replies[7]["different"].get<int>() > 0);
        QCOMPARE(replies[9]["different"].get<int>(), 0);
        QCOMPARE(replies[10]["error"]["code"].get<std::string>(), std::string("usage"));
        std::ifstream csv(in("h.csv"));
        std::string row;
        std::getline(csv, row);
        QCOMPARE(std::count(row.begin(), row.end(), ','), 31);
    }

    void findsTheFirstNan()
    {
        auto replies = debugJson(sample("nan"), lines({"step 5", "first-bad"}));
        QCOMPARE(replies.size(), std::size_t(2));
        QVERIFY(replies[1]["found"].get<bool>());
        QCOMPARE(replies[1]["bad_node"]["name"].get<std::string>(), std::string("normalise"));
        QCOMPARE(previousOf(replies[1]), std::string("normalise"));
    }

    void findsTheFirstOverflowOfHalfPrecision()
    {
        auto replies = debugJson(sample("overflow_fp16"),
                                 lines({"first-bad", "first-bad float16", "first-bad bfloat16"}));
        QCOMPARE(replies.size(), std::size_t(3));
        QVERIFY(!replies[0]["found"].get<bool>());
        QCOMPARE(replies[1]["bad_node"]["name"].get<std::string>(), std::string("energy"));
        QVERIFY(!replies[2]["found"].get<bool>());
    }

    void findsWhereHalfPrecisionDiverges()
    {
        auto replies =
            debugJson(sample("overflow_fp16"), lines({"first-divergence", "first-divergence float16"}));
        QCOMPARE(replies.size(), std::size_t(2));
        QVERIFY2(replies[0]["first"].is_null(), replies[0].dump().c_str());
        QCOMPARE(replies[1]["first"]["node"]["name"].get<std::string>(), std::string("energy"));
    }

    void shrinksToWhatStillFails()
    {
        auto replies = debugJson(sample("nan"), "shrink " + in("small.onnxtxt") + " bad-value\n");
        QCOMPARE(replies.size(), std::size_t(1));
        QVERIFY2(replies[0].contains("nodes_after"), replies[0].dump().c_str());
        QVERIFY(replies[0]["nodes_after"].get<int>() < 5);
        QVERIFY(std::filesystem::exists(in("small.onnxtxt")));
    }

    void survivesAHangByItsTimeLimit()
    {
        auto outcome = debug(sample("hang"), lines({"continue", "revive", "where"}), {"--time-limit", "1"},
                             {.timeoutSeconds = 40});
        QVERIFY2(!outcome.timedOut && outcome.seconds < 30, describe(outcome));
        QVERIFY2(outcome.errorLines().size() <= 1, describe(outcome));
        QVERIFY2(matches(outcome.out + outcome.err, "time|limit"), describe(outcome));
    }

    void ctrlCPausesAHang()
    {
        auto outcome = debug(sample("hang"), lines({"continue", "where", "print start"}), {},
                             {.interrupts = {{"=>", 0.7}}});
        QVERIFY2(!outcome.timedOut, describe(outcome));
        QVERIFY2(matches(outcome.out, "^paused$"), describe(outcome));
        QVERIFY2(matches(outcome.out, "in the body of spin \\(Loop\\), iteration \\d+"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^start: float 1×4"), describe(outcome));
        QCOMPARE(outcome.status, 130); // where the script ended
    }

    void aScriptGoesOnAfterAPause()
    {
        auto outcome = debug(sample("hang"), lines({"continue", "restart", "step", "back"}), {},
                             {.interrupts = {{"=>", 0.7}}});
        QVERIFY2(outcome.status == 0, describe(outcome));
        QVERIFY2(matches(outcome.out, "^\\[1\\] => spin \\(Loop\\)"), describe(outcome));
    }

    void ctrlCBetweenCommandsEnds()
    {
        // Standard input stays open: the harness writes more than is read before the hang.
        auto outcome =
            debug(sample("hang"), "continue\n", {}, {.interrupts = {{"=>", 0.5}, {"paused", 0.0}}});
        QVERIFY2(outcome.status == 130, describe(outcome));
    }

    void survivesAnOperatorThatAborts()
    {
        std::string model = SAMPLE_GRAPHS "/custom_ops/crash.onnxtxt";
        std::vector<std::string> library = {"--custom-ops", CUSTOM_OPS "/crash.so"};
        auto replies = debugJson(model,
                                 lines({"continue", "where", "step", "revive", "back", "step", "continue",
                                        "revive", "bypass faulty", "continue", "print f"}),
                                 library);
        QCOMPARE(replies.size(), std::size_t(11));
        for (std::size_t died : {std::size_t(0), std::size_t(6)}) {
            QCOMPARE(replies[died]["error"]["code"].get<std::string>(), std::string("runner-died"));
            QVERIFY2(matches(replies[died]["error"].dump(), "faulty"), replies[died].dump().c_str());
            QVERIFY(replies[died]["dead"].get<bool>());
        }
        QVERIFY(replies[2].contains("error"));
        QCOMPARE(nextOf(replies[3]), std::string("faulty"));
        QCOMPARE(nextOf(replies[4]), std::string("before"));
        QCOMPARE(nextOf(replies[5]), std::string("faulty"));
        QVERIFY(replies[9]["finished"].get<bool>());
        QVERIFY(replies[10]["data"].is_array() || replies[10].contains("error"));

        auto dead = debug(model, "continue\n", library);
        QVERIFY2(dead.status == 5, describe(dead));
        QVERIFY2(dead.errorLines().size() == 1 && matches(dead.err, "signal 6.*faulty.*revive"),
                 describe(dead));
    }

    void survivesAnOperatorThatWritesOutOfBounds_data()
    {
        QTest::addColumn<QString>("model");
        QTest::newRow("four bytes past the end") << "out_of_bounds";
        QTest::newRow("two pages past the end") << "wild_write";
    }

    void survivesAnOperatorThatWritesOutOfBounds()
    {
        QFETCH(QString, model);
        std::string path = SAMPLE_GRAPHS "/custom_ops/" + model.toStdString() + ".onnxtxt";
        std::vector<std::string> library = {"--custom-ops", CUSTOM_OPS "/out_of_bounds.so"};
        auto first = debugJson(path, "continue\n", library);
        QCOMPARE(first.size(), std::size_t(1));
        QVERIFY2(first[0]["error"].is_object() && matches(first[0].dump(), "faulty"),
                 first[0].dump().c_str());
        std::string revive = first[0].contains("dead") ? "revive\n" : "";
        auto replies =
            debugJson(path, "continue\n" + revive + "replace faulty Identity\ncontinue\nprint y\n", library);
        QVERIFY(replies.size() >= 3);
        QVERIFY2(replies[replies.size() - 2]["finished"].get<bool>(), replies.back().dump().c_str());
        QCOMPARE(replies.back()["data"].size(), std::size_t(4));
    }

    void aSecondCtrlCEndsAnOperatorThatDoesNotComeBack()
    {
        auto outcome =
            debug(SAMPLE_GRAPHS "/custom_ops/hang.onnxtxt", lines({"continue", "revive", "back", "where"}),
                  {"--custom-ops", CUSTOM_OPS "/hang.so"},
                  {.timeoutSeconds = 40, .interrupts = {{"=>", 0.7}, {"", 0.5}}});
        QVERIFY2(outcome.status == 0, describe(outcome));
        QVERIFY2(outcome.errorLines().size() == 1 && matches(outcome.err, "faulty"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^\\[1\\] => faulty"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^\\[0\\] => before"), describe(outcome));
    }

    void jsonIsALineForEachReply()
    {
        std::string script =
            lines({"step", "", "# a comment", "nonsense", "print nothing", "info nodes", "quit", "step"});
        auto outcome = debug(sample("nan"), script, {"--format", "json"});
        QVERIFY2(outcome.status == 0 && outcome.errorLines().empty(), describe(outcome));
        auto replies = repliesOf(outcome);
        QCOMPARE(replies.size(), std::size_t(5));
        QCOMPARE(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 6);
        for (const char* key : {"command", "reason", "position", "finished", "next", "stack", "hits",
                                "logged", "previous", "branch", "error"})
            QVERIFY2(replies[0].contains(key), key);
        QCOMPARE(replies[1]["error"]["code"].get<std::string>(), std::string("usage"));
        QVERIFY(replies[2]["error"]["message"].get<std::string>().find("nothing") != std::string::npos);
    }

    void badCommandsAreOneLineAndThePromptGoesOn_data()
    {
        QTest::addColumn<QString>("command");
        QTest::addColumn<QString>("says");
        auto row = [](const char* command, const char* says) { QTest::newRow(command) << command << says; };
        row("nonsense", "no command \"nonsense\"");
        row("re", "can be .*restart");
        row("step many", "whole number");
        row("step -1", "whole number");
        row("step 0", "at least 1");
        row("step 1 2", "written `step \\[N\\]`");
        row("run-to", "written `run-to NODE`");
        row("run-to nowhere", "no node \"nowhere\"");
        row("run-to #99", "no node #99");
        row("break nowhere", "no node");
        row("break centre if", "condition is expected");
        row("break centre if sometimes", "nan|abs");
        row("break-all", "condition");
        row("break-op Conv", "no node of type \"Conv\"");
        row("break-scope /layer", "begins with");
        row("break-value nothing", "no value");
        row("delete 7", "no breakpoint 7");
        row("ignore 1", "written `ignore");
        row("print", "written `print");
        row("print nothing", "no value \"nothing\"");
        row("print \"d", "quote");
        row("print x[9]", "9|range|bound");
        row("print x[", ".");
        row("stats nothing", "no value");
        row("eval Relu(", "column|expected");
        row("eval d +", "column|expected");
        row("compare x", "written `compare");
        row("compare x no.npy", "no\\.npy");
        row("export x x.doc", "\\.npy");
        row("export x /no/such/folder/x.npy", "/no/such/folder");
        row("set x", "written `set");
        row("set nothing 1", "no value");
        row("set x ./no.npy", "no\\.npy");
        row("set-attr centre", "written `set-attr");
        row("set-attr centre alpha", "NAME=VALUE");
        row("replace centre NoSuchOp", "NoSuchOp");
        row("branch 9", "no branch 9");
        row("history much", "size is written");
        row("first-bad float8", "float16");
        row("first-divergence against nothing", "nothing");
        row("shrink out.txt", "\\.onnx");
        row("shrink out.onnx always", "crash");
        row("info", "nodes, values");
        row("info weather", "nodes, values");
        row("help nonsense", "no command");
        row("unwatch x", "not watched");
        row("go -1", "whole number");
        row("\x01\xff", "no command");
    }

    void badCommandsAreOneLineAndThePromptGoesOn()
    {
        QFETCH(QString, command);
        QFETCH(QString, says);
        auto outcome = debug(sample("nan"), command.toStdString() + "\nstep\n");
        QVERIFY2(outcome.status == 0, describe(outcome));
        QVERIFY2(outcome.errorLines().size() == 1, describe(outcome));
        QVERIFY2(matches(outcome.err, says.toUtf8().constData()), describe(outcome));
        QVERIFY2(matches(outcome.out, "^\\[1\\] => square"), describe(outcome));
        for (char c : outcome.err)
            QVERIFY(c == '\n' || static_cast<unsigned char>(c) >= ' ');
    }

    void longLinesAreRefused()
    {
        auto outcome = debug(sample("nan"), "print " + std::string(3 << 20, 'x') + "\nstep\n");
        QVERIFY2(outcome.status == 0 && outcome.errorLines().size() == 1, describe(outcome));
        QVERIFY2(matches(outcome.err, "1 MiB"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^\\[1\\] => square"), describe(outcome));
    }

    void everyWordOfTheHelpExists()
    {
        auto help = debugJson(sample("nan"), "help\n");
        QVERIFY(help.size() == 1 && help[0]["commands"].size() > 40);
        auto text = debug(sample("nan"), "help\n");
        std::string script;
        for (const json& command : help[0]["commands"]) {
            std::string name = command["name"];
            QVERIFY2(matches(text.out, ("^  " + name + "\\b").c_str()), name.c_str());
            script += "help " + name + "\n";
            for (const json& alias : command["aliases"])
                script += "help " + alias.get<std::string>() + "\n";
        }
        auto details = debug(sample("nan"), script + "help names\nhelp conditions\n");
        QVERIFY2(details.status == 0 && details.errorLines().empty(), describe(details));
        for (const char* word : {"step", "back", "continue", "reverse-continue", "run-to", "break",
                                 "break-op", "watch", "delete", "print", "stats", "set", "set-attr", "where",
                                 "info", "restart", "quit", "into", "out"})
            QVERIFY2(matches(text.out, (std::string("^  ") + word + "\\b").c_str()), word);
    }

    void everyWordOfTheHelpIsUnderstood()
    {
        auto help = debugJson(sample("nan"), "help\n");
        QVERIFY(help.size() == 1);
        std::vector<std::string> commands;
        for (const json& command : help[0]["commands"]) {
            std::string name = command["name"];
            if (name != "quit" && name != "save")
                commands.push_back(name + " \"no such thing\" 1 2 3 4 5 6");
        }
        auto replies = debugJson(sample("nan"), lines(commands));
        QCOMPARE(replies.size(), commands.size());
        for (std::size_t i = 0; i < replies.size(); ++i) {
            QVERIFY2(replies[i].contains("error") && replies[i]["error"].is_object(),
                     (commands[i] + ": " + replies[i].dump()).c_str());
            std::string message = replies[i]["error"]["message"];
            QVERIFY2(message.find("no command \"" + commands[i].substr(0, 3)) == std::string::npos,
                     message.c_str());
        }
    }

    void breakpointsAreKeptBesideTheModel()
    {
        std::string model = in("kept.onnxtxt");
        std::filesystem::copy_file(sample("nan"), model, std::filesystem::copy_options::overwrite_existing);
        auto saved = debug(model, lines({"break spread", "break-all if nan", "watch d", "save"}));
        QVERIFY2(saved.status == 0 && saved.errorLines().empty(), describe(saved));
        QVERIFY(std::filesystem::exists(model + ".orrery.toml"));
        auto without = debugJson(model, "info breaks\n");
        QCOMPARE(without[0]["breakpoints"].size(), std::size_t(0));
        auto with = debugJson(model, "info breaks\ncontinue\ncontinue\n", {"--saved-breakpoints"});
        QCOMPARE(with.size(), std::size_t(3));
        QCOMPARE(with[0]["breakpoints"].size(), std::size_t(2));
        QCOMPARE(nextOf(with[1]), std::string("spread"));
        QCOMPARE(with[1]["watches"][0]["value"]["name"].get<std::string>(), std::string("d"));
        QCOMPARE(previousOf(with[2]), std::string("normalise"));

        std::ofstream(model + ".orrery.toml") << "{ broken";
        auto broken = debug(model, "info breaks\n", {"--saved-breakpoints"});
        QVERIFY2(broken.status == 0 && matches(broken.err, "damaged"), describe(broken));
        QVERIFY(std::filesystem::exists(model + ".orrery.toml.broken"));
    }

    void watchesTellWhatChanged()
    {
        auto outcome = debug(sample("nan"), lines({"watch s", "step", "step", "step"}));
        QVERIFY2(outcome.status == 0, describe(outcome));
        QVERIFY2(matches(outcome.out, "^watch s: not captured$"), describe(outcome));
        QVERIFY2(matches(outcome.out, "^watch s: float 1×4 \\[.*\\]  \\(changed\\)$"), describe(outcome));
    }

    void theStatusTellsHowAScriptEnded()
    {
        auto limit = debug(sample("cifar10_cnn"), "continue\n", {"--memory-limit", "200000"});
        QVERIFY2(limit.status == 4, describe(limit));
        QVERIFY2(matches(limit.out, "^failed$"), describe(limit));
        auto after = debug(sample("cifar10_cnn"), "continue\nrestart\n", {"--memory-limit", "200000"});
        QVERIFY2(after.status == 0, describe(after));
    }

    void onATerminalThereIsAPrompt()
    {
        TerminalProgram program({"debug", sample("nan")});
        QVERIFY2(program.waitFor("(orrery) "), program.screen().c_str());
        program.type("run-t\t");
        program.type("sq\t\r");
        QVERIFY2(program.waitFor("[1] => square"), program.screen().c_str());
        program.type("step\r");
        QVERIFY2(program.waitFor("[2] => spread"), program.screen().c_str());
        program.type("\r"); // an empty line repeats the last movement
        QVERIFY2(program.waitFor("[3] => normalise"), program.screen().c_str());
        QVERIFY2(program.waitFor("(orrery) "), program.screen().c_str());
        program.type("nonsense\x03"); // Ctrl+C clears the line
        QVERIFY2(program.waitFor("^C"), program.screen().c_str());
        program.type("where\r");
        QVERIFY2(program.waitFor("position 3"), program.screen().c_str());
        QVERIFY2(program.screen().find("no command") == std::string::npos, program.screen().c_str());
        QVERIFY2(program.waitFor("(orrery) "), program.screen().c_str()); // it means the end at a prompt only
        program.type("\x04");
        QCOMPARE(program.waitForEnd(), 0);
    }

    void onATerminalCtrlCPauses()
    {
        TerminalProgram program({"debug", sample("hang")});
        QVERIFY2(program.waitFor("(orrery) "), program.screen().c_str());
        program.type("continue\r");
        QTest::qWait(700);
        program.type("\x03");
        QVERIFY2(program.waitFor("paused"), program.screen().c_str());
        program.type("quit\r");
        QCOMPARE(program.waitForEnd(), 0);
    }

    void refusesBeforeAnythingStarts_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("says");
        QString nan = QString::fromStdString(sample("nan"));
        QTest::newRow("no model") << QStringList{} << 2 << "MODEL";
        QTest::newRow("unknown option") << QStringList{nan, "--bogus"} << 2 << "--bogus";
        QTest::newRow("history") << QStringList{nan, "--history", "much"} << 2 << "size";
        QTest::newRow("missing model") << QStringList{"/no/such.onnx"} << 3 << "such\\.onnx";
        QTest::newRow("missing library")
            << QStringList{nan, "--custom-ops", "/no/such.so"} << 3 << "such\\.so";
        QTest::newRow("library in this process")
            << QStringList{nan, "--custom-ops", nan, "--in-process"} << 2 << "--in-process";
        QTest::newRow("library that is none")
            << QStringList{nan, "--custom-ops", nan} << 3 << "nan\\.onnxtxt";
        QTest::newRow("missing reference") << QStringList{nan, "--reference", "/no/such.npz"} << 3 << "such";
        QTest::newRow("cycle") << QStringList{QString::fromStdString(sample("cycle"))} << 3 << "cycle";
        QTest::newRow("unknown operator")
            << QStringList{QString::fromStdString(sample("unknown_op"))} << 3 << "Fancy";
    }

    void refusesBeforeAnythingStarts()
    {
        QFETCH(QStringList, words);
        QFETCH(int, status);
        QFETCH(QString, says);
        std::vector<std::string> arguments = {"debug"};
        for (const QString& word : words)
            arguments.push_back(word.toStdString());
        ProgramOptions options;
        options.input = "step\n";
        auto outcome = runProgram(arguments, options);
        QVERIFY2(outcome.status == status && outcome.out.empty(), describe(outcome));
        QVERIFY2(outcome.errorLines().size() == 1, describe(outcome));
        QVERIFY2(matches(outcome.err, says.toUtf8().constData()), describe(outcome));
    }
};

QTEST_GUILESS_MAIN(TestDebugPrompt)
#include "test_debug_prompt.moc"
