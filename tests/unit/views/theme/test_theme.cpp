// SPDX-License-Identifier: Apache-2.0
//
// That both themes are whole and readable: every colour pair that carries text has enough contrast.
#include "views/theme/theme.h"

#include <QTest>

using namespace orrery::theme;

namespace {

Theme loaded(Mode mode)
{
    auto theme = Theme::load(mode);
    if (!theme.ok())
        qFatal("%s", theme.error().text().c_str());
    return theme.releaseValue();
}

} // namespace

class TestTheme : public QObject {
    Q_OBJECT

private slots:
    void textIsReadable_data()
    {
        QTest::addColumn<int>("mode");
        QTest::newRow("light") << int(Mode::Light);
        QTest::newRow("dark") << int(Mode::Dark);
    }

    void textIsReadable()
    {
        QFETCH(int, mode);
        const Theme theme = loaded(Mode(mode));
        QCOMPARE(theme.mode(), Mode(mode));
        for (std::size_t i = 0; i < opCategoryCount; ++i)
            QVERIFY2(Theme::contrast(theme.category(OpCategory(i)), theme.color(Role::NodeHeaderText)) >= 4.5,
                     name(OpCategory(i)).data());
        const std::pair<Role, Role> pairs[] = {
            {Role::Text, Role::Window},         {Role::Text, Role::Surface},
            {Role::TextMuted, Role::Window},    {Role::TextMuted, Role::Surface},
            {Role::NodeText, Role::NodeFill},   {Role::NodeTextMuted, Role::NodeFill},
            {Role::TextOnAccent, Role::Accent}, {Role::EdgeLabel, Role::Canvas},
            {Role::GroupText, Role::Canvas},    {Role::NodeText, Role::StubFill},
            {Role::Error, Role::Surface},       {Role::Warning, Role::Surface},
        };
        for (auto [text, background] : pairs)
            QVERIFY2(Theme::contrast(theme.color(text), theme.color(background)) >= 4.5,
                     qPrintable(QString("role %1 on %2").arg(int(text)).arg(int(background))));
        for (double heat = 0; heat <= 1; heat += 0.05)
            QVERIFY(Theme::contrast(Theme::textOn(theme.heat(heat)), theme.heat(heat)) >= 4.5);
    }

    void heatStandsOutMoreTheHotterItIs_data() { textIsReadable_data(); }

    void heatStandsOutMoreTheHotterItIs()
    {
        QFETCH(int, mode);
        const Theme theme = loaded(Mode(mode));
        double before = 0;
        for (double heat = 0; heat <= 1.001; heat += 0.1) {
            const double contrast = Theme::contrast(theme.heat(heat), theme.color(Role::Canvas));
            QVERIFY(contrast > before);
            before = contrast;
        }
        QCOMPARE(theme.heat(-1), theme.heat(0));
        QCOMPARE(theme.heat(7), theme.heat(1));
        QCOMPARE(theme.heat(std::numeric_limits<double>::quiet_NaN()), theme.heat(0));
    }

    void aThemeWithoutARoleIsRefusedByName()
    {
        auto theme =
            Theme::fromJson("{\"colors\":{\"window\":\"#ffffff\",\"surface\":\"red\"}}", "test.json");
        QVERIFY(!theme.ok());
        QVERIFY(theme.error().text().find("surface") != std::string::npos);
        QVERIFY(!Theme::fromJson("[]", "test.json").ok());
        QVERIFY(!Theme::fromJson("", "test.json").ok());
    }

    void iconsAreDrawnInTheThemesColour()
    {
        const Theme theme = loaded(Mode::Dark);
        const QImage image = theme.icon("run").pixmap(QSize(48, 48)).toImage();
        QCOMPARE(image.pixelColor(20, 24).rgb(), theme.color(Role::Text).rgb());
        QCOMPARE(image.pixelColor(1, 1).alpha(), 0);
        QVERIFY(theme.icon("no-such-icon").isNull());
    }

    void styleSheetLeavesNoPlaceholder() { QVERIFY(!loaded(Mode::Light).styleSheet().contains('@')); }

    void operatorsHaveCategories()
    {
        QCOMPARE(categoryOfOpType("Conv"), OpCategory::Convolution);
        QCOMPARE(categoryOfOpType("Conv+Relu"), OpCategory::Convolution);
        QCOMPARE(categoryOfOpType("Relu"), OpCategory::Activation);
        QCOMPARE(categoryOfOpType("Trilu"), OpCategory::Shape);
        QCOMPARE(categoryOfOpType("NoSuchOp"), OpCategory::Other);
        QCOMPARE(categoryOfOpType(""), OpCategory::Other);
    }
};

QTEST_MAIN(TestTheme)
#include "test_theme.moc"
