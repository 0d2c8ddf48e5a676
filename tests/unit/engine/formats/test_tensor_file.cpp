// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/file_io.h"
#include "engine/formats/op_docs.h"
#include "engine/formats/tensor_file.h"

#include <QDirIterator>
#include <QTemporaryDir>
#include <QTest>

#include <cstring>

using namespace orrery;
using graph::DataType;
using graph::Tensor;

namespace {

std::string npy(const std::string& dict, const std::string& data, int major = 1)
{
    std::string out = "\x93NUMPY";
    out += char(major);
    out += '\0';
    for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
        out += char((dict.size() >> (8 * i)) & 0xff);
    return out + dict + data;
}

std::string bytesOf(const std::vector<float>& values)
{
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

Tensor someTensor(DataType type)
{
    if (type == DataType::String)
        return Tensor::ofStrings({2, 2}, {"", "a", "längst", "\xf0\x9f\x98\x80!"});
    Tensor tensor = Tensor::allocate(type, {3, 1, 5}).releaseValue();
    for (std::size_t i = 0; i < tensor.byteSize(); ++i)
        tensor.mutableBytes()[i] = std::byte(type == DataType::Bool ? i % 2 : i * 37 % 251);
    return tensor;
}

} // namespace

class TestTensorFile : public QObject {
    Q_OBJECT

private slots:
    void roundTrip_data();
    void roundTrip();
    void emptyAndScalar();
    void columnMajorAndBigEndian();
    void hostileArrays_data();
    void hostileArrays();
    void truncatedArrays();
    void testDataReads();
    void sequencesAreToldApart();
    void operatorsAreDocumented();
};

void TestTensorFile::roundTrip_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<bool>("numpyKnowsIt");
    for (int type = 1; type < 24; ++type)
        QTest::newRow(std::string(graph::name(DataType(type))).c_str()) << type << (type < 16);
}

void TestTensorFile::roundTrip()
{
    QFETCH(int, type);
    QFETCH(bool, numpyKnowsIt);
    QTemporaryDir folder;
    Tensor tensor = someTensor(DataType(type));
    for (const char* name : {"t.pb", "t.npy"}) {
        std::string path = folder.filePath(name).toStdString();
        auto written = formats::writeTensor(tensor, path, "t");
        if (path.ends_with(".npy") && !numpyKnowsIt) {
            QVERIFY(!written.ok());
            QCOMPARE(written.error().code, ErrorCode::Unsupported);
            continue;
        }
        QVERIFY2(written.ok(), written.ok() ? "" : written.error().text().c_str());
        auto again = formats::readTensor(path);
        QVERIFY2(again.ok(), again.ok() ? "" : again.error().text().c_str());
        QVERIFY(again->identicalTo(tensor));
    }
}

void TestTensorFile::emptyAndScalar()
{
    QTemporaryDir folder;
    for (const graph::Dims& dims : {graph::Dims{}, graph::Dims{0}, graph::Dims{3, 0, 2}, graph::Dims{1}})
        for (const char* name : {"t.pb", "t.npy"}) {
            Tensor tensor = Tensor::allocate(DataType::Float32, dims).releaseValue();
            if (tensor.byteSize() > 0)
                *tensor.mutableData<float>() = 2.5f;
            std::string path = folder.filePath(name).toStdString();
            QVERIFY(formats::writeTensor(tensor, path).ok());
            auto again = formats::readTensor(path);
            QVERIFY2(again.ok(), again.ok() ? "" : again.error().text().c_str());
            QVERIFY(again->identicalTo(tensor));
        }
}

void TestTensorFile::columnMajorAndBigEndian()
{
    auto column = formats::tensorFromNpy(
        npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", bytesOf({1, 4, 2, 5, 3, 6})));
    QVERIFY(column.ok());
    QVERIFY(column->identicalTo(Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6})));
    auto cube = formats::tensorFromNpy(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2, 2), }",
                                           bytesOf({0, 4, 2, 6, 1, 5, 3, 7})));
    QVERIFY(cube.ok());
    QVERIFY(cube->identicalTo(Tensor::of<float>({2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7})));
    auto big = formats::tensorFromNpy(npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }",
                                          std::string("\x01\x02\x00\x07", 4), 2));
    QVERIFY(big.ok());
    QVERIFY(big->identicalTo(Tensor::of<std::int16_t>({2}, {0x102, 7})));
}

void TestTensorFile::hostileArrays_data()
{
    QTest::addColumn<QByteArray>("dict");
    QTest::addColumn<QByteArray>("expected");
    auto row = [](const char* name, const char* dict, const char* expected) {
        QTest::newRow(name) << QByteArray(dict) << QByteArray(expected);
    };
    row("too many claimed", "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,), }",
        "1099511627776");
    row("overflow", "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
        "overflows");
    row("number too large", "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "a dim");
    row("negative", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "a dim");
    row("objects", "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "pickled");
    row("structured", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "structured");
    row("unknown type", "{'descr': '<x9', 'fortran_order': False, 'shape': (1,), }", "<x9");
    row("strings", "{'descr': '<U99999999999999999999', 'fortran_order': False, 'shape': (1,), }", "strings");
    row("huge strings", "{'descr': '<U16000000', 'fortran_order': False, 'shape': (16000000,), }", "strings");
    row("no shape", "{'descr': '<f4', 'fortran_order': False, }", "expected descr");
    row("code", "__import__('os').system('true')", "expected {");
    row("unclosed", "{'descr': '<f4", "expected");
    row("open tuple", "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2", "expected");
    row("extra key", "{'descr': '<f4', 'x': 'y'}", "unknown header key");
}

void TestTensorFile::hostileArrays()
{
    QFETCH(QByteArray, dict);
    QFETCH(QByteArray, expected);
    auto tensor = formats::tensorFromNpy(npy(dict.toStdString(), bytesOf({1})));
    QVERIFY(!tensor.ok());
    QVERIFY2(tensor.error().message.find(expected.toStdString()) != std::string::npos,
             tensor.error().message.c_str());
}

void TestTensorFile::truncatedArrays()
{
    std::string whole = *formats::npyFromTensor(someTensor(DataType::Float32));
    for (std::size_t size = 0; size < whole.size(); ++size)
        QVERIFY(!formats::tensorFromNpy(std::string_view(whole).substr(0, size)).ok());
    QVERIFY(formats::tensorFromNpy(whole).ok());
    QVERIFY(!formats::tensorFromNpy(whole + "x").ok());
}

void TestTensorFile::testDataReads()
{
    QString root = qEnvironmentVariable("ORRERY_ONNX_TESTDATA", "/usr/share/libonnx-testdata/data");
    if (!QDir(root).exists())
        QSKIP("set ORRERY_ONNX_TESTDATA to the ONNX test data");
    QDirIterator files(root, {"*.pb"}, QDir::Files, QDirIterator::Subdirectories);
    int tensors = 0;
    int containers = 0;
    while (files.hasNext()) {
        QString path = files.next();
        auto tensor = formats::readTensor(path.toStdString());
        bool sequence = path.contains("sequence") || path.contains("optional") ||
                        path.contains("identity_opt") || path.contains("loop13_seq") ||
                        path.contains("loop16_seq") || path.contains("if_seq") || path.contains("if_opt");
        if (!tensor.ok()) {
            QVERIFY2(sequence, (path.toStdString() + tensor.error().text()).c_str());
            QVERIFY2(tensor.error().code == ErrorCode::Unsupported, tensor.error().text().c_str());
            ++containers;
        } else {
            ++tensors;
        }
    }
    QVERIFY(tensors > 1000);
    QVERIFY(containers > 10);
}

void TestTensorFile::sequencesAreToldApart()
{
    QTemporaryDir folder;
    std::string path = folder.filePath("t.pb").toStdString();
    QVERIFY(formats::replaceFile(path, "hello").ok());
    auto text = formats::readTensor(path);
    QVERIFY(!text.ok());
    QCOMPARE(text.error().code, ErrorCode::BadFile);
    QVERIFY(formats::replaceFile(path, "").ok());
    QVERIFY(!formats::readTensor(path).ok());
}

void TestTensorFile::operatorsAreDocumented()
{
    auto conv = formats::opDoc("", "Conv", 13);
    QVERIFY(conv.has_value());
    QCOMPARE(conv->sinceVersion, 11);
    QCOMPARE(conv->inputs.size(), std::size_t(3));
    QCOMPARE(conv->inputs[2].count, formats::ParameterCount::Optional);
    bool group = false;
    for (const auto& attribute : conv->attributes)
        if (attribute.name == "group") {
            group = true;
            QCOMPARE(attribute.type, std::string("int"));
            QCOMPARE(attribute.defaultText, std::string("1"));
            QVERIFY(!attribute.required);
        }
    QVERIFY(group);
    QCOMPARE(formats::opDoc("ai.onnx", "Conv", 1)->sinceVersion, 1);
    QVERIFY(!formats::opDoc("com.example", "Conv", 13));
    QVERIFY(formats::documentedOps().size() > 150);
}

QTEST_GUILESS_MAIN(TestTensorFile)
#include "test_tensor_file.moc"
