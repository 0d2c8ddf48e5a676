// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/file_io.h"
#include "engine/formats/npz.h"
#include "engine/formats/tensor_file.h"

#include <QTemporaryDir>
#include <QTest>

#include <zip.h>

using namespace orrery;
using formats::NpzLimits;
using graph::DataType;
using graph::Tensor;

namespace {

struct Entry {
    std::string name;
    std::string content;
    zip_int32_t method = ZIP_CM_DEFLATE;
};

std::string npyOf(const Tensor& tensor) { return formats::npyFromTensor(tensor).releaseValue(); }

// As others write it.
std::string archiveOf(const std::vector<Entry>& entries)
{
    QTemporaryDir folder;
    std::string path = folder.filePath("a.zip").toStdString();
    zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    for (const Entry& entry : entries) {
        zip_source_t* source = zip_source_buffer(archive, entry.content.data(), entry.content.size(), 0);
        zip_int64_t index = zip_file_add(archive, entry.name.c_str(), source, ZIP_FL_ENC_GUESS);
        if (index < 0 || zip_set_file_compression(archive, zip_uint64_t(index), entry.method, 0) != 0)
            qFatal("%s", zip_strerror(archive));
    }
    if (zip_close(archive) != 0)
        qFatal("%s", zip_strerror(archive));
    return formats::readFile(path, 1 << 30).releaseValue();
}

std::map<std::string, Tensor> someTensors()
{
    return {{"x", Tensor::of<float>({2, 2}, {1, 2, 3, 4})},
            {"/layer/conv.0 weight", Tensor::of<std::int64_t>({3}, {-1, 0, 1})},
            {"../../etc/passwd", Tensor::scalar<double>(1.5)},
            {"ünï", Tensor::of<std::uint8_t>({0}, std::vector<std::uint8_t>())},
            {"words", Tensor::ofStrings({2}, {"a", "längst"})}};
}

bool same(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.first == y.first && x.second.identicalTo(y.second);
    });
}

} // namespace

class TestNpz : public QObject {
    Q_OBJECT
private slots:
    void roundTrip()
    {
        QTemporaryDir folder;
        std::string path = folder.filePath("tensors.npz").toStdString();
        for (const auto& tensors : {someTensors(), std::map<std::string, Tensor>()}) {
            auto written = formats::writeNpz(tensors, path);
            QVERIFY2(written.ok(), written.ok() ? "" : written.error().text().c_str());
            auto again = formats::readNpz(path);
            QVERIFY2(again.ok(), again.ok() ? "" : again.error().text().c_str());
            QVERIFY(same(*again, tensors));
        }
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 1); // nothing was extracted
    }

    void equalTensorsMakeEqualFiles()
    {
        QTemporaryDir folder;
        std::string a = folder.filePath("a.npz").toStdString(), b = folder.filePath("b.npz").toStdString();
        QVERIFY(formats::writeNpz(someTensors(), a).ok());
        QTest::qWait(10);
        QVERIFY(formats::writeNpz(someTensors(), b).ok());
        QCOMPARE(formats::readFile(a, 1 << 20).releaseValue(), formats::readFile(b, 1 << 20).releaseValue());
    }

    void deflatedAndStoredEntriesAreRead()
    {
        std::vector<float> values(10'000, 0.25f);
        Tensor tensor = Tensor::of<float>({100, 100}, values);
        auto tensors = formats::tensorsFromNpz(
            archiveOf({{"packed.npy", npyOf(tensor)}, {"plain.npy", npyOf(tensor), ZIP_CM_STORE}}));
        QVERIFY2(tensors.ok(), tensors.ok() ? "" : tensors.error().text().c_str());
        QVERIFY(tensors->at("packed").identicalTo(tensor));
        QVERIFY(tensors->at("plain").identicalTo(tensor));
    }

    void cutOffAtEveryByteItIsRefused()
    {
        std::string whole = archiveOf({{"a.npy", npyOf(Tensor::of<float>({3}, {1, 2, 3}))},
                                       {"b.npy", npyOf(Tensor::of<float>({3}, {1, 2, 3})), ZIP_CM_STORE}});
        QVERIFY(formats::tensorsFromNpz(whole).ok());
        for (std::size_t n = 0; n < whole.size(); ++n) {
            auto result = formats::tensorsFromNpz(std::string_view(whole).substr(0, n));
            QVERIFY2(!result.ok(), qPrintable(QString::number(n)));
            QCOMPARE(result.error().code, ErrorCode::BadFile);
        }
    }

    void everyFlippedBitIsRefusedOrHarmless()
    {
        std::string whole = archiveOf({{"a.npy", npyOf(Tensor::of<float>({3}, {1, 2, 3}))},
                                       {"b.npy", npyOf(Tensor::of<float>({2}, {5, 6})), ZIP_CM_STORE}});
        auto right = formats::tensorsFromNpz(whole).releaseValue();
        for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
            std::string flipped = whole;
            flipped[bit / 8] = char(flipped[bit / 8] ^ (1 << (bit % 8)));
            auto result = formats::tensorsFromNpz(flipped);
            if (!result.ok())
                continue;
            QCOMPARE(result->size(), right.size());
            for (const auto& [name, tensor] :
                 *result) // names may have changed, values not: they have checksums
                QVERIFY(tensor.identicalTo(right.begin()->second) ||
                        tensor.identicalTo(right.rbegin()->second));
        }
    }

    void bombsAreRefused()
    {
        Tensor zeros = Tensor::allocate(DataType::UInt8, {100 << 20}).releaseValue();
        std::fill_n(zeros.mutableBytes(), zeros.byteSize(), std::byte{0});
        std::string bomb = archiveOf({{"zeros.npy", npyOf(zeros)}});
        QVERIFY(bomb.size() < 1 << 20);
        auto result = formats::tensorsFromNpz(bomb);
        QVERIFY(!result.ok());
        QCOMPARE(result.error().code, ErrorCode::LimitReached);
        QCOMPARE(result.error().where, std::string("entry \"zeros.npy\""));
        // Small enough it is read, however well it packs.
        NpzLimits generous;
        generous.ratio = 2'000;
        QVERIFY(formats::tensorsFromNpz(bomb, generous).ok());
        // Many small ones count together.
        NpzLimits strict;
        strict.unpackedBytes = 1'000;
        std::string four = npyOf(Tensor::of<float>({50}, std::vector<float>(50)));
        auto sum = formats::tensorsFromNpz(
            archiveOf({{"a.npy", four}, {"b.npy", four}, {"c.npy", four}, {"d.npy", four}}), strict);
        QVERIFY(!sum.ok());
        QCOMPARE(sum.error().where, std::string("entry \"d.npy\""));
        strict = {};
        strict.entries = 1;
        QCOMPARE(formats::tensorsFromNpz(archiveOf({{"a.npy", four}, {"b.npy", four}}), strict).error().code,
                 ErrorCode::LimitReached);
    }

    void aSizeThatLiesIsRefused()
    {
        std::string npy = npyOf(Tensor::of<float>({3}, {1, 2, 3}));
        std::string whole = archiveOf({{"a.npy", npy, ZIP_CM_STORE}});
        std::string size(reinterpret_cast<const char*>("\x8c\0\0\0"), 4); // 128 + 12
        QCOMPARE(npy.size(), std::size_t(0x8c));
        for (std::size_t at = whole.find(size); at != std::string::npos; at = whole.find(size, at + 1)) {
            std::string lying = whole;
            lying.replace(at, 4, "\xff\xff\xff\x7f");
            auto result = formats::tensorsFromNpz(lying);
            QVERIFY(!result.ok());
        }
    }

    void whatIsNoArchiveOfTensorsIsNamed()
    {
        QCOMPARE(formats::tensorsFromNpz("").error().code, ErrorCode::BadFile);
        QVERIFY(formats::tensorsFromNpz("\x89PNG\r\n\x1a\n....").error().message.find("PNG") !=
                std::string::npos);
        auto text = formats::tensorsFromNpz(archiveOf({{"readme.txt", "hello"}}));
        QCOMPARE(text.error().where, std::string("entry \"readme.txt\""));
        auto empty = formats::tensorsFromNpz(archiveOf({{"a.npy", ""}}));
        QCOMPARE(empty.error().where, std::string("entry \"a.npy\""));
        auto wrong = formats::tensorsFromNpz(archiveOf({{"evil\n\x1b[31m.npy", "hello"}}));
        QCOMPARE(wrong.error().where, std::string("entry \"evil\\n\\x1b[31m.npy\""));
        auto missing = formats::readNpz("/nowhere/a.npz");
        QCOMPARE(missing.error().code, ErrorCode::BadFile);
    }

    void typesThatNumPyLacksAreNamed()
    {
        QTemporaryDir folder;
        std::string path = folder.filePath("a.npz").toStdString();
        auto written =
            formats::writeNpz({{"w", Tensor::allocate(DataType::BFloat16, {2}).releaseValue()}}, path);
        QVERIFY(!written.ok());
        QCOMPARE(written.error().where, std::string("w"));
        QVERIFY(!QFile::exists(QString::fromStdString(path)));
    }
};

QTEST_GUILESS_MAIN(TestNpz)
#include "test_npz.moc"
