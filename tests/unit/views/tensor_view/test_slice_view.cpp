// SPDX-License-Identifier: Apache-2.0
//
// Which elements a slice shows, what its text says, and that an element can always be brought into it.
#include "views/tensor_view/slice_view.h"

#include <QTest>

#include <random>

using namespace orrery;
using namespace orrery::tensor_view;

namespace {

SliceView parsed(const char* text, const graph::Dims& dims)
{
    auto slice = SliceView::parse(text, dims);
    if (!slice.ok())
        qFatal("%s: %s", text, slice.error().text().c_str());
    return *slice;
}

} // namespace

class TestSliceView : public QObject {
    Q_OBJECT

private slots:
    void theLastTwoAxesAreRowsAndColumns()
    {
        const SliceView slice({2, 3, 4, 5});
        QCOMPARE(slice.rowAxis(), 2);
        QCOMPARE(slice.columnAxis(), 3);
        QCOMPARE(slice.rows(), 4);
        QCOMPARE(slice.columns(), 5);
        QCOMPARE(slice.flat(3, 4), 19);
        QCOMPARE(slice.text(), std::string("[0, 0, :, :]"));
    }

    void ranksBelowTwoAreAColumnAndACell()
    {
        QCOMPARE(SliceView({7}).rows(), 7);
        QCOMPARE(SliceView({7}).columns(), 1);
        QCOMPARE(SliceView(graph::Dims{}).rows(), 1);
        QCOMPARE(SliceView(graph::Dims{}).text(), std::string("[]"));
    }

    void readsWhatNumPyReads_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<qint64>("rows");
        QTest::addColumn<qint64>("columns");
        QTest::addColumn<qint64>("first"); // flat index of the first cell
        QTest::addColumn<qint64>("last");
        // Of arange(60).reshape(3, 4, 5); computed with NumPy.
        QTest::newRow("integer, all, range")
            << QByteArray("[1, :, 2:5]") << qint64(4) << qint64(3) << qint64(22) << qint64(39);
        QTest::newRow("negative integer")
            << QByteArray("[-1, -1]") << qint64(5) << qint64(1) << qint64(55) << qint64(59);
        QTest::newRow("step") << QByteArray("0, ::2, 1::3") << qint64(2) << qint64(2) << qint64(1)
                              << qint64(14);
        QTest::newRow("backwards") << QByteArray("[2, ::-1, ::-2]") << qint64(4) << qint64(3) << qint64(59)
                                   << qint64(40);
        QTest::newRow("clamped") << QByteArray("[0, 2:99, -3:]") << qint64(2) << qint64(3) << qint64(12)
                                 << qint64(19);
        QTest::newRow("ellipsis") << QByteArray("[..., 4]") << qint64(3) << qint64(4) << qint64(4)
                                  << qint64(59);
        QTest::newRow("one element") << QByteArray("[2, 3, 4]") << qint64(1) << qint64(1) << qint64(59)
                                     << qint64(59);
        QTest::newRow("fewer parts") << QByteArray("[1]") << qint64(4) << qint64(5) << qint64(20)
                                     << qint64(39);
    }

    void readsWhatNumPyReads()
    {
        QFETCH(QByteArray, text);
        const SliceView slice = parsed(text, {3, 4, 5});
        QTEST(qint64(slice.rows()), "rows");
        QTEST(qint64(slice.columns()), "columns");
        QTEST(qint64(slice.flat(0, 0)), "first");
        QTEST(qint64(slice.flat(slice.rows() - 1, slice.columns() - 1)), "last");
        QVERIFY(parsed(slice.text().c_str(), {3, 4, 5}) == slice);
    }

    void saysWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("outside") << QByteArray("[4]") << QByteArray("axis 0, which has 3");
        QTest::newRow("too many") << QByteArray("[0, 0, 0, 0]") << QByteArray("at most 3 parts");
        QTest::newRow("no number") << QByteArray("[a]") << QByteArray("expected an integer");
        QTest::newRow("step 0") << QByteArray("[::0]") << QByteArray("must not be 0");
        QTest::newRow("bracket") << QByteArray("[0") << QByteArray("brackets");
        QTest::newRow("overflow") << QByteArray("[99999999999999999999]")
                                  << QByteArray("expected an integer");
        QTest::newRow("two ellipses") << QByteArray("[..., ...]") << QByteArray("too many");
    }

    void saysWhatIsWrong()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        const auto slice = SliceView::parse(text.toStdString(), {3, 4, 5});
        QVERIFY(!slice.ok());
        QVERIFY2(slice.error().message.find(expected.toStdString()) != std::string::npos,
                 slice.error().message.c_str());
    }

    void everyElementCanBeRevealed()
    {
        std::mt19937 random(1);
        for (int round = 0; round < 2000; ++round) {
            graph::Dims dims;
            std::int64_t count = 1;
            for (std::size_t rank = random() % 6; dims.size() < rank;) {
                dims.push_back(1 + std::int64_t(random() % 5));
                count *= dims.back();
            }
            SliceView slice(dims);
            if (!dims.empty()) {
                slice.setRowAxis(int(random() % dims.size()));
                slice.setColumnAxis(int(random() % dims.size()) - 1);
                slice.setIndex(int(random() % dims.size()), std::int64_t(random() % 9));
            }
            const std::int64_t flat = std::int64_t(random() % std::uint64_t(count));
            const Cell cell = slice.reveal(flat);
            QVERIFY(cell.row < slice.rows() && cell.column < slice.columns());
            QCOMPARE(slice.flat(cell.row, cell.column), flat);
        }
    }

    void aRangeIsWidenedOnlyWhenNeeded()
    {
        SliceView slice = parsed("[0, 1:3, :]", {3, 4, 5});
        QVERIFY(slice.reveal(2 * 20 + 2 * 5 + 4) == (Cell{1, 4}));
        QCOMPARE(slice.text(), std::string("[2, 1:3, :]"));
        QVERIFY(slice.reveal(0) == (Cell{0, 0}));
        QCOMPARE(slice.text(), std::string("[0, :, :]"));
    }

    void anEmptyTensorHasNoCellsWhateverItsOtherDims()
    {
        const std::int64_t huge = std::int64_t(1) << 62;
        const SliceView slice({0, huge, huge});
        QCOMPARE(slice.rows(), 0);
        QCOMPARE(parsed("[:, 5, :]", {0, huge, huge}).columns(), 0);
        QCOMPARE(parsed("[4:2, :]", {5, 3}).rows(), 0);
        QCOMPARE(parsed("[5:5, :, :]", {5, 3, 2}).flat(0, 0), 24); // an outer axis stands within its dim
    }

    void axesSwapWhenBothWouldBeTheSame()
    {
        SliceView slice({2, 3});
        slice.setRowAxis(1);
        QCOMPARE(slice.columnAxis(), 0);
        QCOMPARE(slice.flat(2, 1), 5);
        QCOMPARE(slice.transposed().flat(1, 2), 5);
    }
};

QTEST_APPLESS_MAIN(TestSliceView)
#include "test_slice_view.moc"
