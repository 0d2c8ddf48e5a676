// SPDX-License-Identifier: Apache-2.0
//
// Values and shapes as people type them, and the words that fields of a form choose from.
#include "engine/formats/op_docs.h"
#include "engine/graph/edit.h"
#include "views/panels/attribute_form.h"
#include "views/panels/attribute_text.h"

#include <QTest>

using namespace orrery;
using namespace orrery::panels;
using Ints = std::vector<std::int64_t>;
using Floats = std::vector<float>;
using Strings = std::vector<std::string>;

namespace {

template<class T>
std::optional<T> parsed(const std::string& text)
{
    auto value = parseAttribute(text, graph::AttributeValue(T()));
    return value.ok() ? std::optional(std::get<T>(*value)) : std::nullopt;
}

QString shape(const std::string& text)
{
    auto result = parseShape(text);
    if (!result.ok())
        return "error: " + QString::fromStdString(result.error().text());
    return *result ? QString::fromStdString((*result)->text()) : QString("any");
}

} // namespace

class TestAttributeText : public QObject {
    Q_OBJECT
private slots:
    void valuesAreReadAsTyped()
    {
        QCOMPARE(parsed<std::int64_t>(" -3 "), std::optional<std::int64_t>(-3));
        QCOMPARE(parsed<std::int64_t>("9223372036854775807"), std::optional<std::int64_t>(INT64_MAX));
        QVERIFY(!parsed<std::int64_t>("9223372036854775808"));
        QVERIFY(!parsed<std::int64_t>("1.5"));
        QVERIFY(!parsed<std::int64_t>(""));
        QCOMPARE(parsed<float>("1e-5"), std::optional<float>(1e-5f));
        QCOMPARE(parsed<Ints>("[1, 2]"), std::optional<Ints>({1, 2}));
        QCOMPARE(parsed<Ints>("1,2,"), std::optional<Ints>({1, 2}));
        QCOMPARE(parsed<Ints>("[]"), std::optional<Ints>(Ints()));
        QVERIFY(!parsed<Ints>("1 2"));
        QVERIFY(!parsed<Ints>("[1, 2"));
        QVERIFY(!parsed<Ints>("1,,2"));
        QCOMPARE(parsed<Floats>("0.5, 2"), std::optional<Floats>({0.5f, 2}));
        QCOMPARE(parsed<std::string>("a, b"), std::optional<std::string>("a, b"));
        QCOMPARE(parsed<std::string>("\"quoted\""), std::optional<std::string>("quoted"));
        QCOMPARE(parsed<Strings>("a, \"b, c\""), std::optional<Strings>({"a", "b, c"}));
    }

    void whatIsWrittenIsReadAgain()
    {
        const std::vector<graph::AttributeValue> values{std::int64_t{-7},    0.1f,
                                                        std::string("text"), Ints{1, -2, 3},
                                                        Floats{0.1f, 1e30f}, Strings{"a", "b, c"}};
        for (const graph::AttributeValue& value : values) {
            auto again = parseAttribute(attributeText(value), value);
            QVERIFY2(again.ok(), attributeText(value).c_str());
            QVERIFY(graph::equal(*again, value));
        }
    }

    void shapesAreReadAsTyped()
    {
        QCOMPARE(shape("N,3,32,32"), QString("N×3×32×32"));
        QCOMPARE(shape("[ 1 , ? ,W]"), QString("1×?×W"));
        QCOMPARE(shape("scalar"), QString("scalar"));
        QCOMPARE(shape("[]"), QString("scalar"));
        QCOMPARE(shape("  "), QString("any"));
        QCOMPARE(shape("2*H,0"), QString("2*H×0"));
        for (const char* wrong : {"1,,2", "-1", "3x", "1.5", "N;3", "99999999999999999999"})
            QVERIFY2(shape(wrong).startsWith("error"), wrong);
        QVERIFY(parseDims("64,3").ok());
        for (const char* wrong : {"", "N,3", "?"})
            QVERIFY2(!parseDims(wrong).ok(), wrong);
    }

    // The words of a field must be those of the standard: its default is among them.
    void defaultsAreAmongTheChoices()
    {
        std::size_t checked = 0;
        for (const formats::OpName& op : formats::documentedOps()) {
            const auto doc = formats::opDoc(op.domain, op.name, 1 << 20);
            QVERIFY(doc);
            for (const formats::OpAttributeDoc& attribute : doc->attributes) {
                const QStringList choices = choicesOf(op.name, attribute.name);
                const QString fallback = QString::fromStdString(attribute.defaultText).remove('"');
                if (choices.isEmpty())
                    continue;
                QCOMPARE(attribute.type, std::string("string"));
                QVERIFY2(fallback.isEmpty() || choices.contains(fallback), op.name.c_str());
                ++checked;
            }
        }
        QVERIFY(checked >= 25);
    }

    // A check box can say 0 and 1 only: so must the default be.
    void flagsAreZeroOrOne()
    {
        for (const formats::OpName& op : formats::documentedOps()) {
            const auto doc = formats::opDoc(op.domain, op.name, 1 << 20);
            QVERIFY(doc);
            for (const formats::OpAttributeDoc& attribute : doc->attributes)
                if (attribute.type == "int" && isFlag(op.name, attribute.name))
                    QVERIFY2(attribute.defaultText.empty() || attribute.defaultText == "0" ||
                                 attribute.defaultText == "1",
                             (op.name + "." + attribute.name).c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TestAttributeText)
#include "test_attribute_text.moc"
