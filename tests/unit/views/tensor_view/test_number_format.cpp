// SPDX-License-Identifier: Apache-2.0
//
// Elements as text, typed over, and exported: of every kind of type.
#include "engine/debug/tensor_statistics.h"
#include "engine/formats/tensor_file.h"
#include "views/tensor_view/export_tensor.h"
#include "views/tensor_view/number_format.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <complex>
#include <limits>

using namespace orrery;
using namespace orrery::tensor_view;
using graph::DataType;
using graph::Tensor;

namespace {

template<class T>
Tensor raw(DataType type, graph::Dims dims, std::vector<T> values)
{
    auto keep = std::make_shared<std::vector<T>>(std::move(values));
    return Tensor::borrow(type, std::move(dims), reinterpret_cast<std::byte*>(keep->data()), keep);
}

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("cannot open %s", qPrintable(path));
    return file.readAll();
}

} // namespace

class TestNumberFormat : public QObject {
    Q_OBJECT

private slots:
    void floatsInEveryNotation()
    {
        const Tensor tensor =
            Tensor::of<float>({3}, {0.1f, -1234567.0f, std::numeric_limits<float>::quiet_NaN()});
        QCOMPARE(elementText(tensor, 0, {Notation::General, 4}), std::string("0.1"));
        QCOMPARE(elementText(tensor, 1, {Notation::General, 4}), std::string("-1.235e+06"));
        QCOMPARE(elementText(tensor, 0, {Notation::Fixed, 3}), std::string("0.100"));
        QCOMPARE(elementText(tensor, 1, {Notation::Scientific, 2}), std::string("-1.23e+06"));
        QCOMPARE(elementText(tensor, 0, {Notation::Hex, 0}), std::string("3dcccccd"));
        QCOMPARE(elementText(tensor, 2, {}), std::string("NaN"));
    }

    void integersAreExact()
    {
        const std::int64_t large = (std::int64_t(1) << 62) + 1; // no double holds it
        QCOMPARE(elementText(Tensor::scalar(large), 0, {}), std::to_string(large));
        QCOMPARE(elementText(Tensor::scalar(~std::uint64_t(0)), 0, {}), std::string("18446744073709551615"));
        QCOMPARE(elementText(Tensor::scalar(std::int8_t(-5)), 0, {Notation::Hex, 0}), std::string("fb"));
    }

    void otherTypes()
    {
        QCOMPARE(elementText(Tensor::scalar(true), 0, {}), std::string("true"));
        QCOMPARE(elementText(raw<std::uint16_t>(DataType::Float16, {2}, {0x3c00, 0xfc00}), 1, {}),
                 std::string("-Inf"));
        QCOMPARE(elementText(raw<std::uint16_t>(DataType::BFloat16, {1}, {0x4049}), 0, {Notation::Fixed, 2}),
                 std::string("3.14"));
        const Tensor nibbles = raw<std::uint8_t>(DataType::Int4, {2}, {0x7f});
        QCOMPARE(elementText(nibbles, 0, {}), std::string("-1"));
        QCOMPARE(elementText(nibbles, 1, {}), std::string("7"));
        QCOMPARE(elementText(nibbles, 0, {Notation::Hex, 0}), std::string("f"));
        const Tensor complex =
            raw<std::complex<float>>(DataType::Complex64, {2}, {{1.5f, -2.0f}, {0.0f, 3.0f}});
        QCOMPARE(elementText(complex, 0, {}), std::string("1.5-2i"));
        QCOMPARE(elementText(complex, 1, {}), std::string("0+3i"));
        QCOMPARE(elementText(Tensor::ofStrings({1}, {"a\n\u202eb"}), 0, {}), std::string("\"a\\n\\u202eb\""));
        QCOMPARE(elementText(Tensor::borrow(DataType::Float32, {4}, nullptr), 0, {}),
                 std::string("not loaded"));
    }

    void anElementCanBeTypedOver()
    {
        const Tensor floats = Tensor::of<float>({2, 2}, {1, 2, 3, 4});
        const auto changed = withElement(floats, 2, "-0.5");
        QVERIFY(changed.ok());
        QCOMPARE(changed->span<float>()[2], -0.5f);
        QCOMPARE(changed->span<float>()[3], 4.0f);
        QCOMPARE(floats.span<float>()[2], 3.0f); // the original stays
        QVERIFY(std::isnan(withElement(floats, 0, "nan")->span<float>()[0]));
        const auto half = withElement(raw<std::uint16_t>(DataType::Float16, {1}, {0}), 0, "1.0");
        QCOMPARE(elementText(*half, 0, {Notation::Hex, 0}), std::string("3c00"));
        QCOMPARE(withElement(Tensor::scalar(std::int64_t(0)), 0, "9007199254740993")->span<std::int64_t>()[0],
                 9007199254740993);
        QCOMPARE(withElement(Tensor::ofStrings({1}, {"a"}), 0, "\"b\"")->strings()[0], std::string("b"));
    }

    void whatIsNoSuchElementIsRefused()
    {
        for (const char* text : {"", "x", "1.5", "128", "-129", "0x10"})
            QVERIFY2(!withElement(Tensor::scalar(std::int8_t(0)), 0, text).ok(), text);
        QVERIFY(!withElement(Tensor::scalar(std::uint8_t(0)), 0, "-1").ok());
        QVERIFY(!withElement(Tensor::scalar(true), 0, "2").ok());
        QVERIFY(!withElement(Tensor::scalar(1.0f), 0, "1,5").ok());
        QVERIFY(!withElement(Tensor::scalar(1.0f), 1, "1").ok());
        const auto nibble = withElement(raw<std::uint8_t>(DataType::Int4, {2}, {0}), 0, "1");
        QVERIFY(!nibble.ok() && nibble.error().message.find("int4") != std::string::npos);
    }

    void csvHoldsTheSliceAndDefusesFormulas()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("a.csv");
        const Tensor numbers = Tensor::of<float>({2, 3}, {-1, 2, 0.1f, 4, 5, 6});
        const auto progress = [](std::int64_t, std::int64_t) {};
        QVERIFY(exportTensor(numbers, *SliceView::parse("[:, ::2]", {2, 3}), "x", path, progress, {}).ok());
        QCOMPARE(contentOf(path), QByteArray("-1,0.100000001\n4,6\n"));
        const Tensor texts = Tensor::ofStrings({4}, {"=1+1", "a,\"b\"", "@x", "-2"});
        QVERIFY(exportTensor(texts, SliceView(graph::Dims{4}), "x", path, progress, {}).ok());
        QCOMPARE(contentOf(path), QByteArray("\"'=1+1\"\n\"a,\"\"b\"\"\"\n\"'@x\"\n\"'-2\"\n"));
    }

    void aCancelledExportLeavesWhatWasThere()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("a.csv");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("before") == 6);
        file.close();
        std::stop_source stop;
        stop.request_stop();
        const auto tensor = Tensor::allocate(DataType::Int64, {1000, 100});
        QVERIFY(tensor.ok());
        const auto result = exportTensor(
            *tensor, SliceView(tensor->dims()), "x", path, [](std::int64_t, std::int64_t) {},
            stop.get_token());
        QVERIFY(!result.ok() && result.error().code == ErrorCode::Cancelled);
        QCOMPARE(contentOf(path), QByteArray("before"));
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 1);
    }

    void cancellingStopsTheWriterAndRemovesWhatItWrote()
    {
        const auto tensor = Tensor::allocate(DataType::Float32, {4, 1024, 1024});
        QVERIFY(tensor.ok());
        for (const char* name : {"t.npy", "t.pb"}) {
            QTemporaryDir folder;
            std::stop_source stop;
            std::int64_t written = 0, all = 0;
            const auto result = exportTensor(
                *tensor, SliceView(tensor->dims()), "x", folder.filePath(name),
                [&](std::int64_t done, std::int64_t total) {
                    written = done;
                    all = total;
                    stop.request_stop();
                },
                stop.get_token());
            QVERIFY(!result.ok() && result.error().code == ErrorCode::Cancelled);
            QVERIFY2(written > 0 && written < all / 2, qPrintable(QString::number(written)));
            QVERIFY(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden).isEmpty());
        }
    }

    void exportedTensorsComeBack()
    {
        QTemporaryDir folder;
        const Tensor tensor =
            Tensor::of<float>({2, 2}, {1, -2, 3.25f, std::numeric_limits<float>::infinity()});
        for (const char* name : {"t.npy", "t.pb"}) {
            const QString path = folder.filePath(name);
            QVERIFY(exportTensor(tensor, SliceView(tensor.dims()), "x", path,
                                 [](std::int64_t, std::int64_t) {}, {})
                        .ok());
            const auto back = formats::readTensor(path.toStdString());
            QVERIFY(back.ok() && back->identicalTo(tensor));
        }
        QVERIFY(!exportTensor(tensor, SliceView(tensor.dims()), "x", folder.filePath("t.xyz"), {}, {}).ok());
        QVERIFY(!exportTensor(tensor, SliceView(tensor.dims()), "x", folder.filePath("no/t.csv"),
                              [](std::int64_t, std::int64_t) {}, {})
                     .ok());
    }
};

QTEST_APPLESS_MAIN(TestNumberFormat)
#include "test_number_format.moc"
