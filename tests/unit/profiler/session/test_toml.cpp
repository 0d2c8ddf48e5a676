// SPDX-License-Identifier: Apache-2.0
//
// The part of TOML that is kept beside a model: what is written is read as the same tree, what others write
// is read as TOML means it, what is wrong is told with its line, and whatever a byte becomes is survived.
#include "engine/base/splitmix.h"
#include "profiler/session/toml.h"

#include <QTest>

#include <limits>

using namespace orrery::session;
using nlohmann::json;

namespace {

const char* const sampleText = R"(# of a model
loud = true
"a.b = \"c\" ]\n" = "\U0001F600 \u00e9 é	tab \\"
whole = -9_000
none = []
mixed = [1, {x = [1.5, "two"], "y z" = {}}, # three
         [[], []],
]

[positions.dataflow]
conv1 = [12.5, -1e-3]

[[breakpoints]]
enabled = false

[[breakpoints]]
[breakpoints.inner]
text = ""

[[breakpoints.list]]
[[breakpoints.list]]
n = 2
[positions]
later = +0.5
)";

json sampleTree()
{
    return {{"loud", true},
            {"a.b = \"c\" ]\n", "\U0001F600 é é\ttab \\"},
            {"whole", -9000},
            {"none", json::array()},
            {"mixed", {1, {{"x", {1.5, "two"}}, {"y z", json::object()}}, {json::array(), json::array()}}},
            {"positions", {{"dataflow", {{"conv1", {12.5, -0.001}}}}, {"later", 0.5}}},
            {"breakpoints",
             {{{"enabled", false}}, {{"inner", {{"text", ""}}}, {"list", {json::object(), {{"n", 2}}}}}}}};
}

} // namespace

class TestToml : public QObject {
    Q_OBJECT

private slots:
    void isReadAsTomlMeansIt()
    {
        const auto tree = parseToml(sampleText);
        QVERIFY2(tree.ok(), tree.ok() ? "" : tree.error().text().c_str());
        QCOMPARE(tree->dump(), sampleTree().dump());
    }

    void comesBackAsItWas()
    {
        json tree = sampleTree();
        tree["del \x7f"] = "\x7f\x01\r";
        tree["large"] = std::numeric_limits<std::uint64_t>::max() / 2;
        tree["small"] = std::numeric_limits<std::int64_t>::min();
        tree["real"] = 3.0;
        tree["tiny"] = 5e-324;
        tree[""] = {{"", {{{"", ""}}}}};
        tree["long"] = json(std::vector<std::string>(60, "name"));
        tree[std::string(300, 'p')] = {{"a", json::array({{{"b", {{"c", 1}}}}})}}; // no header that long
        const std::string text = tomlText(tree);
        const auto again = parseToml(text);
        QVERIFY2(again.ok(), again.ok() ? "" : (again.error().text() + "\n" + text).c_str());
        QCOMPARE(again->dump(), tree.dump());
        QCOMPARE(tomlText(*again), text);
    }

    void whatHasNoFormIsLeftOut()
    {
        const json tree = {{"null", nullptr},
                           {"list", {1, nullptr, std::numeric_limits<double>::quiet_NaN()}},
                           {"\xff", 1},
                           {"\xfe", json::object()},
                           {"text", "\xff!"}};
        QCOMPARE(tomlText(tree), std::string("list = [1]\ntext = \"\uFFFD!\"\n"));
    }

    void whatIsWrongIsToldWithItsLine_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expected");
        auto row = [](const char* name, QByteArray text, const char* expected) {
            QTest::newRow(name) << std::move(text) << QByteArray(expected);
        };
        row("two values", "a = 1 2", "line 1: expected the end of the line, found '2'");
        row("no value", "\n\na =\nb = 1", "line 3: expected a value, found the end of the line");
        row("no key", "= 1", "line 1: expected a key, found '='");
        row("json", "{\"a\": 1}", "line 1: expected a key, found '{'");
        row("binary", QByteArray("\x01", 1), "line 1: expected a key, found byte 0x01");
        row("a key twice", "a = 1\na = 2", "line 2: the key is there already");
        row("a table twice", "[a]\n[a]", "line 2: the table is there already");
        row("a value as a table", "a = 1\n[a.b]", "line 2: the header names a value that is there already");
        row("a table in braces", "a = {}\n[a.b]", "line 2: the header names a value that is there already");
        row("an array in brackets", "a = [{}]\n[[a]]",
            "line 2: the header names a value that is there already");
        row("a table as an array", "[a]\n[[a]]", "line 2: the array of tables is there already, as a table");
        row("half a header", "[a.b\n]", "line 1: expected ']' at the end of the header, found the end");
        row("half a text", "a = \"b\n\"", "line 1: expected the closing quote");
        row("an unknown escape", "a = \"\\q\"", "line 1: expected one of b t n f r u U");
        row("half a surrogate", "a = \"\\ud83d\"", "line 1: U+D83D is no character");
        row("a control character", "a = \"\x02\"", "line 1: expected a string without control characters");
        row("no UTF-8", "a = \"\xc3(\"", "line 1: expected a string in UTF-8");
        row("a leading zero", "a = 01", "line 1: expected a value");
        row("a bare point", "a = 1.", "line 1: expected a value");
        row("infinity", "a = 1e999", "line 1: expected a value");
        row("too large", "a = 9223372036854775808", "line 1: expected a value");
        row("deep in brackets", "a = " + QByteArray(1'000'000, '['), "line 1: nested deeper than 16 levels");
        row("deep in braces", QByteArray("a={").repeated(100'000), "line 1: nested deeper than 16 levels");
        row("deep by headers", "[a" + QByteArray(".a").repeated(16) + "]",
            "line 1: nested deeper than 16 levels");
        row("too many", "a = [" + QByteArray("0,").repeated(2'000'001) + "]",
            "line 1: more than 2000000 values");
    }
    void whatIsWrongIsToldWithItsLine()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        const auto tree = parseToml(text.toStdString());
        QVERIFY(!tree.ok());
        QVERIFY2(tree.error().text().find(expected.toStdString()) == 0, tree.error().text().c_str());
    }

    void whateverAByteBecomesIsSurvived()
    {
        const std::string good = sampleText;
        orrery::SplitMix random{7};
        int understood = 0, refused = 0;
        for (int round = 0; round < 20'000; ++round) {
            std::string bad = good;
            for (std::uint64_t changes = random.next() % 3 + 1; changes > 0; --changes) {
                const std::size_t at = random.next() % bad.size();
                static constexpr std::string_view odd = "[]{}\",=.-+e\n#\\u_0";
                const std::uint64_t how = random.next() % 4;
                if (how == 0)
                    bad[at] = static_cast<char>(random.next());
                else if (how == 1)
                    bad.insert(at, 1, odd[random.next() % odd.size()]);
                else if (how == 2)
                    bad.erase(at, random.next() % 8 + 1);
                else
                    bad.insert(at, good.substr(random.next() % good.size(), 20));
            }
            const auto tree = parseToml(bad);
            ++(tree.ok() ? understood : refused);
            if (!tree.ok())
                continue;
            const auto again = parseToml(tomlText(*tree));
            QVERIFY2(again.ok() && again->dump() == tree->dump(), bad.c_str());
        }
        QVERIFY(understood > 1000 && refused > 1000);
    }
};

QTEST_APPLESS_MAIN(TestToml)
#include "test_toml.moc"
