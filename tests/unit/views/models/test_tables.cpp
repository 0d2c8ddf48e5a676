// SPDX-License-Identifier: Apache-2.0
#include "views/models/tables.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace orrery;
using models::HotspotRow;
using models::RowTableModel;

namespace {

HotspotRow hotspot(std::int64_t id, std::string name, double selfNs, double share)
{
    HotspotRow row;
    row.nodeId = id;
    row.key = std::move(name);
    row.selfMeanNs = selfNs;
    row.sharePercent = share;
    return row;
}

struct Table {
    RowTableModel<HotspotRow> model{models::hotspotColumns(),
                                    [](const HotspotRow& row) { return quint64(row.nodeId); }};
    QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::QtTest};

    Table()
    {
        model.setRows(
            {hotspot(1, "small", 900, 0.1), hotspot(2, "large", 2e9, 60), hotspot(3, "middle", 1e6, 39.9)});
    }

    QStringList names() const
    {
        QStringList result;
        for (int i = 0; i < model.rowCount(); ++i)
            result << model.index(i, 0).data().toString();
        return result;
    }
};

} // namespace

class TestTables : public QObject {
    Q_OBJECT

private slots:
    void numbersSortAsNumbers()
    {
        Table table; // as text, "900 ns" would come after "2.00 s"
        table.model.sort(2, Qt::AscendingOrder);
        QCOMPARE(table.names(), (QStringList{"small", "middle", "large"}));
        table.model.sort(2, Qt::DescendingOrder);
        QCOMPARE(table.names(), (QStringList{"large", "middle", "small"}));
    }

    void theFilterKeepsTheOrderAndKeysFindTheirRows()
    {
        Table table;
        table.model.sort(2, Qt::DescendingOrder);
        table.model.setFilter([](const HotspotRow& row) { return row.key != "middle"; });
        QCOMPARE(table.names(), (QStringList{"large", "small"}));
        QCOMPARE(table.model.rowOfKey(1), 1);
        QCOMPARE(table.model.rowOfKey(3), -1);
    }

    void newRowsAreSortedToo()
    {
        Table table;
        table.model.sort(0, Qt::AscendingOrder);
        table.model.setRows({hotspot(7, "b", 1, 1), hotspot(8, "a", 2, 2)});
        QCOMPARE(table.names(), (QStringList{"a", "b"}));
    }

    void whatIsNotKnownIsADash()
    {
        Table table;
        QCOMPARE(table.model.index(0, 6).data().toString(), QString("–")); // FLOP/s
        QCOMPARE(models::rateText(2e9, 1e9, ""), QString("2.00 G"));
        QCOMPARE(models::rateText(-1, 1e9, ""), QString("–"));
        QCOMPARE(models::rateText(5, 0, ""), QString("–"));
    }

    void textsFromFilesAreEscaped()
    {
        Table table;
        table.model.setRows({hotspot(1, "<b>x</b>\n", 1, 1)});
        QCOMPARE(table.model.index(0, 0).data().toString(),
                 QString("<b>x</b>\\n")); // delegates paint plain text
        const QString tip = table.model.index(0, 0).data(Qt::ToolTipRole).toString();
        QVERIFY2(tip.contains("&lt;b&gt;") && !tip.contains("<b>"), qPrintable(tip));
    }

    void everyColumnIsExplained()
    {
        auto check = [](const auto& columns) {
            for (const auto& column : columns)
                QVERIFY2(!column.title.isEmpty() && column.toolTip.size() > 4, qPrintable(column.title));
        };
        check(models::hotspotColumns());
        check(models::problemColumns());
        check(models::runColumns());
        check(models::passColumns());
    }
};

QTEST_GUILESS_MAIN(TestTables)
#include "test_tables.moc"
