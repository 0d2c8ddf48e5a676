// SPDX-License-Identifier: Apache-2.0
//
// Files that were made to break a reader: each is refused with a message that says where, or loads; none
// crashes, hangs, or takes memory for what is not there.
#include "engine/formats/external_data.h"
#include "engine/formats/file_io.h"
#include "engine/formats/format.h"
#include "engine/formats/wire_check.h"
#include "engine/graph/text.h"
#include "engine/graph/verify.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <onnx/onnx_pb.h>

#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace orrery;

namespace {

class Files {
public:
    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }
    Result<graph::Model> read(const std::string& bytes, const char* name = "model.onnx",
                              const formats::ReadLimits& limits = {}) const
    {
        std::ofstream(path(name), std::ios::binary) << bytes;
        return formats::readModel(path(name), limits);
    }
    Result<graph::Model> read(const onnx::ModelProto& proto) const { return read(proto.SerializeAsString()); }

private:
    QTemporaryDir m_folder;
};

onnx::ModelProto smallModel()
{
    onnx::ModelProto model;
    model.set_ir_version(8);
    auto* opset = model.add_opset_import();
    opset->set_domain("");
    opset->set_version(13);
    auto& graph = *model.mutable_graph();
    graph.set_name("g");
    auto* input = graph.add_input();
    input->set_name("x");
    input->mutable_type()->mutable_tensor_type()->set_elem_type(1);
    input->mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_param("N");
    graph.add_output()->set_name("y");
    auto* node = graph.add_node();
    node->set_op_type("Add");
    node->set_name("add");
    node->add_input("x");
    node->add_input("w");
    node->add_output("y");
    auto* weights = graph.add_initializer();
    weights->set_name("w");
    weights->set_data_type(1);
    weights->add_dims(2);
    weights->set_raw_data("\0\0\x80\x3f\0\0\0\x40", 8);
    return model;
}

// About 2 KB, with a subgraph, attributes of most kinds, and a function.
onnx::ModelProto richModel()
{
    onnx::ModelProto model = smallModel();
    auto& graph = *model.mutable_graph();
    for (int i = 0; i < 11; ++i) {
        auto* node = graph.add_node();
        node->set_op_type("Conv");
        node->set_name("conv" + std::to_string(i));
        node->add_input(i == 0 ? "x" : "c" + std::to_string(i - 1));
        node->add_output("c" + std::to_string(i));
        auto* pads = node->add_attribute();
        pads->set_name("pads");
        pads->set_type(onnx::AttributeProto::INTS);
        for (int k = 0; k < 4; ++k)
            pads->add_ints(k);
        auto* value = node->add_attribute();
        value->set_name("value");
        value->set_type(onnx::AttributeProto::TENSOR);
        value->mutable_t()->set_data_type(7);
        value->mutable_t()->add_dims(2);
        value->mutable_t()->add_int64_data(1);
        value->mutable_t()->add_int64_data(-1);
    }
    auto* branch = graph.add_node();
    branch->set_op_type("If");
    branch->add_input("x");
    branch->add_output("z");
    auto* body = branch->add_attribute();
    body->set_name("then_branch");
    body->set_type(onnx::AttributeProto::GRAPH);
    *body->mutable_g() = graph;
    auto* function = model.add_functions();
    function->set_name("f");
    function->set_domain("local");
    function->add_input("a");
    function->add_output("b");
    *function->add_node() = graph.node(1);
    return model;
}

std::string errorOf(const Result<graph::Model>& model)
{
    return model.ok() ? "it loaded" : model.error().text();
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

#define REFUSED(model, part) QVERIFY2(!(model).ok() && contains(errorOf(model), part), errorOf(model).c_str())

std::string lengthPrefixed(int field, const std::string& content)
{
    std::string out;
    auto varint = [&](std::uint64_t v) {
        for (; v >= 0x80; v >>= 7)
            out += char(v | 0x80);
        out += char(v);
    };
    varint(std::uint64_t(field) << 3 | 2);
    varint(content.size());
    return out + content;
}

} // namespace

class TestHostileModels : public QObject {
    Q_OBJECT

private slots:
    void saysWhatAFileLooksLike_data();
    void saysWhatAFileLooksLike();
    void foldersAndPipesAreRefused();
    void truncationAtEveryByte();
    void everyBitFlip();
    void damagedWire_data();
    void damagedWire();
    void nestingIsRefusedBeforeItCosts();
    void limitsAreCounted();
    void sparseFileOfThreeGigabytes();
    void tensorSizes_data();
    void tensorSizes();
    void oddTensorsLoad();
    void namesOfAnyBytes();
    void wrongGraphsLoadWithProblems();
    void externalLocations_data();
    void externalLocations();
    void externalFilesOfOddKinds();
    void externalRanges();
    void aliasedExternalTensorsShareBytes();
    void savingKeepsOrInlinesExternalData();
    void savingReplacesInOneStep();
};

void TestHostileModels::saysWhatAFileLooksLike_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("empty") << QByteArray() << QByteArray("an empty file");
    QTest::newRow("png") << QByteArray("\x89PNG\r\n\x1a\n\0\0", 10) << QByteArray("PNG");
    QTest::newRow("zip") << QByteArray("PK\x03\x04\x14\0", 6) << QByteArray("ZIP");
    QTest::newRow("html") << QByteArray("<!DOCTYPE html><html>") << QByteArray("HTML");
    QTest::newRow("json") << QByteArray("{\"a\": 1}") << QByteArray("JSON");
    QTest::newRow("text") << QByteArray("hello, world") << QByteArray("text");
    QTest::newRow("one byte") << QByteArray("\x08", 1) << QByteArray("found");
    QTest::newRow("lfs") << QByteArray("version https://git-lfs.github.com/spec/v1") << QByteArray("Git LFS");
    QTest::newRow("trace") << QByteArray("SQLite format 3\0", 16) << QByteArray("SQLite");
}

void TestHostileModels::saysWhatAFileLooksLike()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, expected);
    auto model = Files().read(bytes.toStdString());
    REFUSED(model, expected.constData());
    QCOMPARE(model.error().code, ErrorCode::BadFile);
    QVERIFY(contains(errorOf(model), "model.onnx"));
}

void TestHostileModels::foldersAndPipesAreRefused()
{
    Files files;
    REFUSED(formats::readModel(files.path(".")), "folder");
    ::mkfifo(files.path("pipe.onnx").c_str(), 0600);
    REFUSED(formats::readModel(files.path("pipe.onnx")), "pipe");
    REFUSED(formats::readModel("/dev/zero"), "device");
    REFUSED(formats::readModel(files.path("absent.onnx")), "absent.onnx");
}

void TestHostileModels::truncationAtEveryByte()
{
    std::string bytes = richModel().SerializeAsString();
    QVERIFY2(bytes.size() > 1500 && bytes.size() < 4000, std::to_string(bytes.size()).c_str());
    Files files;
    int loaded = 0;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        auto model = files.read(bytes.substr(0, size));
        if (model.ok())
            ++loaded; // cut between two fields of the model itself
        else
            QVERIFY(!model.error().message.empty());
    }
    QVERIFY2(loaded <= 2, std::to_string(loaded).c_str());
    QVERIFY(files.read(bytes).ok());
}

void TestHostileModels::everyBitFlip()
{
    std::string bytes = richModel().SerializeAsString();
    auto specs = formats::formats();
    QCOMPARE(specs[0].name, std::string("onnx"));
    QElapsedTimer timer;
    qint64 slowest = 0;
    int loaded = 0;
    for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
        std::string flipped = bytes;
        flipped[i / 8] = char(flipped[i / 8] ^ (1 << (i % 8)));
        timer.start();
        auto model = specs[0].read({{}, flipped, {}});
        slowest = std::max(slowest, timer.elapsed());
        if (!model.ok())
            continue;
        ++loaded;
        graph::verify(*model);
        graph::toText(*model);
    }
    QVERIFY(loaded > 100);
    QVERIFY2(slowest < 2000, std::to_string(slowest).c_str());
}

void TestHostileModels::damagedWire_data()
{
    QTest::addColumn<QByteArray>("tail");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("varint of 11 bytes")
        << QByteArray("\x28") + QByteArray(10, '\xff') + '\1' << QByteArray("number");
    QTest::newRow("length beyond the end") << QByteArray("\x3a\xff\x7f") << QByteArray("16383 bytes");
    QTest::newRow("length of 2^63") << QByteArray("\x3a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")
                                    << QByteArray("left");
    QTest::newRow("field number 0") << QByteArray("\x02\x00", 2) << QByteArray("field number 0");
    QTest::newRow("start of a group") << QByteArray("\xa3\x06\xa4\x06") << QByteArray("wire type 3");
    QTest::newRow("end of a group") << QByteArray("\x0c") << QByteArray("wire type 4");
    QTest::newRow("wire type 7") << QByteArray("\x0f") << QByteArray("wire type 7");
    QTest::newRow("fixed64 cut off") << QByteArray("\x09\x01\x02") << QByteArray("cut off");
}

void TestHostileModels::damagedWire()
{
    QFETCH(QByteArray, tail);
    QFETCH(QByteArray, expected);
    std::string bytes = smallModel().SerializeAsString();
    auto model = Files().read(bytes + tail.toStdString());
    REFUSED(model, expected.constData());
    QVERIFY(contains(errorOf(model), ("byte " + std::to_string(bytes.size())).c_str()));
}

void TestHostileModels::nestingIsRefusedBeforeItCosts()
{
    for (int depth : {80, 101, 10'000}) {
        std::string graph;
        for (int i = 0; i < depth; ++i)
            graph = lengthPrefixed(1, lengthPrefixed(5, "\xa0\x01\x05" + lengthPrefixed(6, graph)));
        auto model = Files().read("\x08\x08" + lengthPrefixed(7, graph));
        REFUSED(model, "nested deeper");
        QCOMPARE(model.error().code, ErrorCode::LimitReached);
    }
    // A million levels, written from the inside out: each level is a tag and a length, kept in a list since
    // the lengths must be known first.
    std::vector<std::string> levels;
    std::size_t size = 0;
    for (int i = 0; i < 1'000'000; ++i) {
        std::string head =
            lengthPrefixed(4, std::string()); // sequence_type, elem_type: TypeProto in TypeProto
        head.pop_back();
        for (std::uint64_t v = size;; v >>= 7) {
            head += char(v >= 0x80 ? (v | 0x80) : v);
            if (v < 0x80)
                break;
        }
        head[0] = char(i % 2 == 0 ? 0x0a : 0x22);
        size += head.size();
        levels.push_back(std::move(head));
    }
    std::string type;
    type.reserve(size);
    for (auto level = levels.rbegin(); level != levels.rend(); ++level)
        type += *level;
    auto model = Files().read("\x08\x08" + lengthPrefixed(7, lengthPrefixed(11, lengthPrefixed(2, type))));
    REFUSED(model, "nested deeper");
}

void TestHostileModels::limitsAreCounted()
{
    formats::ReadLimits limits;
    limits.nodes = 100;
    limits.functions = 3;
    std::string nodes;
    for (int i = 0; i < 101; ++i)
        nodes += lengthPrefixed(1, "");
    auto model = Files().read("\x08\x08" + lengthPrefixed(7, nodes), "model.onnx", limits);
    REFUSED(model, "more than 100 nodes");
    std::string functions;
    for (int i = 0; i < 4; ++i)
        functions += lengthPrefixed(25, "");
    REFUSED(Files().read("\x08\x08" + lengthPrefixed(7, "") + functions, "model.onnx", limits),
            "more than 3 functions");
}

void TestHostileModels::sparseFileOfThreeGigabytes()
{
    Files files;
    for (off_t size : {off_t(1) << 31, off_t(3) << 30}) {
        std::ofstream(files.path("huge.onnx")) << "\x08\x08";
        QVERIFY(::truncate(files.path("huge.onnx").c_str(), size) == 0);
        auto model = formats::readModel(files.path("huge.onnx"));
        REFUSED(model, "external data");
        QCOMPARE(model.error().code, ErrorCode::LimitReached);
    }
}

void TestHostileModels::tensorSizes_data()
{
    QTest::addColumn<QList<qint64>>("dims");
    QTest::addColumn<int>("type");
    QTest::addColumn<QByteArray>("raw");
    QTest::addColumn<int>("floats"); // entries of float_data beside it
    QTest::addColumn<QByteArray>("expected");
    using L = QList<qint64>;
    QTest::newRow("1 TB claimed, 4 bytes there")
        << L{1'099'511'627'776} << 1 << QByteArray(4, 'a') << 0 << QByteArray("1099511627776 float elements");
    QTest::newRow("product overflows")
        << L{1LL << 32, 1LL << 32} << 1 << QByteArray(4, 'a') << 0 << QByteArray("overflow");
    QTest::newRow("int64 max") << L{INT64_MAX} << 1 << QByteArray(4, 'a') << 0 << QByteArray("overflow");
    QTest::newRow("negative") << L{-1} << 1 << QByteArray() << 0 << QByteArray("negative");
    QTest::newRow("negative squared") << L{-2, -2} << 1 << QByteArray(16, 'a') << 0 << QByteArray("negative");
    QTest::newRow("not a multiple") << L{2} << 1 << QByteArray(7, 'a') << 0
                                    << QByteArray("file holds 7 bytes");
    QTest::newRow("twice") << L{2} << 1 << QByteArray(8, 'a') << 2 << QByteArray("expected one of them");
    QTest::newRow("strings as bytes")
        << L{2} << 8 << QByteArray(8, 'a') << 0 << QByteArray("strings cannot be raw");
    QTest::newRow("many strings claimed")
        << L{1LL << 40} << 8 << QByteArray() << 0 << QByteArray("expected 1099511627776");
    QTest::newRow("typed entries short")
        << L{3} << 1 << QByteArray() << 2 << QByteArray("2 entries, expected 3");
    QTest::newRow("wrong typed field")
        << L{2} << 7 << QByteArray() << 2 << QByteArray("expected in int64_data");
}

void TestHostileModels::tensorSizes()
{
    QFETCH(QList<qint64>, dims);
    QFETCH(int, type);
    QFETCH(QByteArray, raw);
    QFETCH(int, floats);
    QFETCH(QByteArray, expected);
    auto build = [&](onnx::TensorProto& tensor) {
        tensor.Clear();
        tensor.set_name("w");
        tensor.set_data_type(type);
        for (qint64 dim : dims)
            tensor.add_dims(dim);
        if (!raw.isEmpty())
            tensor.set_raw_data(raw.constData(), std::size_t(raw.size()));
        for (int i = 0; i < floats; ++i)
            tensor.add_float_data(1);
    };
    onnx::ModelProto proto = smallModel();
    build(*proto.mutable_graph()->mutable_initializer(0));
    auto model = Files().read(proto);
    REFUSED(model, expected.constData());
    QVERIFY(contains(errorOf(model), "tensor \"w\""));
    QCOMPARE(model.error().code, ErrorCode::BadFile);

    proto = smallModel();
    auto* attribute = proto.mutable_graph()->mutable_node(0)->add_attribute();
    attribute->set_name("value");
    attribute->set_type(onnx::AttributeProto::TENSOR);
    build(*attribute->mutable_t());
    model = Files().read(proto);
    REFUSED(model, expected.constData());
    QVERIFY(contains(errorOf(model), "node \"add\""));
}

void TestHostileModels::oddTensorsLoad()
{
    onnx::ModelProto proto = smallModel();
    auto& graph = *proto.mutable_graph();
    auto* empty = graph.add_initializer();
    empty->set_name("empty");
    empty->set_data_type(1);
    empty->add_dims(0);
    empty->add_dims(INT64_MAX);
    auto* deep = graph.add_initializer();
    deep->set_name("deep");
    deep->set_data_type(2);
    for (int i = 0; i < 1000; ++i)
        deep->add_dims(1);
    deep->set_raw_data("a");
    auto* unknown = graph.add_initializer();
    unknown->set_name("unknown");
    unknown->set_data_type(77);
    unknown->add_dims(3);
    unknown->set_raw_data("abc");
    Files files;
    auto model = files.read(proto);
    QVERIFY2(model.ok(), errorOf(model).c_str());
    QCOMPARE(model->graph.value(model->graph.main().initializers[2]).initializer->tensor.rank(),
             std::size_t(1000));
    QCOMPARE(model->loadProblems.size(), std::size_t(1));
    QCOMPARE(model->loadProblems[0].code, std::string("unknown-element-type"));
    QVERIFY(formats::writeModel(*model, files.path("copy.onnx")).ok());
    auto bytes = formats::readFile(files.path("copy.onnx"), 1 << 20);
    QCOMPARE(*bytes, proto.SerializeAsString());

    deep->add_dims(1);
    REFUSED(files.read(proto), "rank 1001");
}

void TestHostileModels::namesOfAnyBytes()
{
    for (const std::string& name : {std::string("a\0b", 3), std::string("\xff\xfe"),
                                    std::string("\xe2\x80\xae"
                                                "evil"),
                                    std::string("<img src=x>"), std::string(10 << 20, 'n'),
                                    std::string("\"]; \\N"), std::string("line\nbreak")}) {
        onnx::ModelProto proto = smallModel();
        proto.mutable_graph()->mutable_node(0)->set_name(name);
        proto.mutable_graph()->mutable_input(0)->set_name(name);
        Files files;
        auto model = files.read(proto);
        QVERIFY2(model.ok(), errorOf(model).c_str());
        QCOMPARE(model->graph.node(NodeId(0)).name, name);
        for (const Problem& problem : graph::verify(*model))
            for (char c : problem.text + problem.node)
                QVERIFY(static_cast<unsigned char>(c) >= 0x20);
        QVERIFY(formats::writeModel(*model, files.path("copy.onnx")).ok());
        QCOMPARE(*formats::readFile(files.path("copy.onnx"), 1 << 30), proto.SerializeAsString());
        QVERIFY(formats::writeModel(*model, files.path("copy.onnxtxt")).ok());
        auto again = formats::readModel(files.path("copy.onnxtxt"));
        QVERIFY2(again.ok(), errorOf(again).c_str());
        QCOMPARE(again->graph.node(NodeId(0)).name, name);
    }
}

void TestHostileModels::wrongGraphsLoadWithProblems()
{
    onnx::ModelProto proto = smallModel();
    proto.set_ir_version(99);
    auto& graph = *proto.mutable_graph();
    *graph.add_initializer() = graph.initializer(0);
    *graph.add_node() = graph.node(0); // a second producer of y, of the same name
    auto* loop = graph.add_node();
    loop->set_op_type("Relu");
    loop->add_input("r");
    loop->add_output("r");
    auto* dangling = graph.add_node();
    dangling->set_op_type("Relu");
    dangling->add_input("nowhere");
    Files files;
    auto model = files.read(proto);
    QVERIFY2(model.ok(), errorOf(model).c_str());
    std::set<std::string> codes;
    for (const Problem& problem : model->loadProblems)
        codes.insert(problem.code);
    for (const Problem& problem : graph::verify(*model))
        codes.insert(problem.code);
    for (const char* code : {"newer-ir", "duplicate-initializer", "duplicate-value-name",
                             "duplicate-node-name", "cycle", "missing-input"})
        QVERIFY2(codes.contains(code), code);
    QVERIFY(formats::writeModel(*model, files.path("copy.onnx")).ok());
    QCOMPARE(*formats::readFile(files.path("copy.onnx"), 1 << 20), proto.SerializeAsString());
}

namespace {

onnx::ModelProto externalModel(const std::string& location, const std::string& offset = {},
                               const std::string& length = {})
{
    onnx::ModelProto model = smallModel();
    auto& tensor = *model.mutable_graph()->mutable_initializer(0);
    tensor.clear_raw_data();
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    auto add = [&](const char* key, const std::string& value) {
        auto* entry = tensor.add_external_data();
        entry->set_key(key);
        entry->set_value(value);
    };
    add("location", location);
    if (!offset.empty())
        add("offset", offset);
    if (!length.empty())
        add("length", length);
    return model;
}

} // namespace

void TestHostileModels::externalLocations_data()
{
    QTest::addColumn<QByteArray>("location");
    for (const char* location :
         {"../secret", "a/../../secret", "a/../b", "/etc/passwd", "//etc/passwd", "C:\\secret", "a\\b", "",
          ".", "./", "a//b", "..", "sub/..", "./../secret", "C:secret"})
        QTest::newRow(*location == '\0' ? "empty" : location) << QByteArray(location);
    QTest::newRow("NUL") << QByteArray("ok\0../secret", 12);
    QTest::newRow("long") << QByteArray(5000, 'a');
}

void TestHostileModels::externalLocations()
{
    QFETCH(QByteArray, location);
    auto model = Files().read(externalModel(location.toStdString()));
    REFUSED(model, "refused");
    QVERIFY(contains(errorOf(model), "tensor \"w\""));
    QCOMPARE(model.error().code, ErrorCode::BadFile);
    formats::ReadLimits describe;
    describe.external = formats::ExternalTensors::Describe;
    REFUSED(Files().read(externalModel(location.toStdString()).SerializeAsString(), "model.onnx", describe),
            "refused");
}

void TestHostileModels::externalFilesOfOddKinds()
{
    Files files;
    auto write = [&](const char* name, const std::string& text) {
        std::ofstream(files.path(name), std::ios::binary) << text;
    };
    write("good.bin", "01234567");
    QVERIFY2(files.read(externalModel("good.bin")).ok(), "a plain file");
    QVERIFY(files.read(externalModel("./good.bin")).ok());
    ::mkdir(files.path("folder").c_str(), 0700);
    write("folder/inside.bin", "01234567");
    QVERIFY(files.read(externalModel("folder/inside.bin")).ok());
    QVERIFY(files.read(externalModel("%2e%2e")).ok() == false);

    ::symlink("good.bin", files.path("link.bin").c_str());
    REFUSED(files.read(externalModel("link.bin")), "link");
    ::symlink("folder", files.path("linked").c_str());
    REFUSED(files.read(externalModel("linked/inside.bin")), "link");
    write("two.bin", "01234567");
    ::link(files.path("two.bin").c_str(), files.path("names.bin").c_str());
    REFUSED(files.read(externalModel("names.bin")), "more than one name");
    ::mkfifo(files.path("pipe.bin").c_str(), 0600);
    REFUSED(files.read(externalModel("pipe.bin")), "no regular file");
    REFUSED(files.read(externalModel("folder")), "no regular file");
    ::symlink("/dev/zero", files.path("zero.bin").c_str());
    REFUSED(files.read(externalModel("zero.bin")), "link");
    ::symlink("/proc/self/mem", files.path("mem.bin").c_str());
    REFUSED(files.read(externalModel("mem.bin")), "link");
    REFUSED(files.read(externalModel("absent.bin")), "absent.bin");
    REFUSED(files.read(externalModel("x/absent.bin")), "No such file");
}

void TestHostileModels::externalRanges()
{
    Files files;
    std::ofstream(files.path("d.bin"), std::ios::binary) << "0123456789abcdef";
    auto loaded = files.read(externalModel("d.bin", "8", "8"));
    QVERIFY2(loaded.ok(), errorOf(loaded).c_str());
    const auto& value = loaded->graph.value(loaded->graph.main().initializers[0]);
    QCOMPARE(std::string(reinterpret_cast<const char*>(value.initializer->tensor.bytes()), 8),
             std::string("89abcdef"));
    QCOMPARE(value.initializer->external->offset, 8);

    REFUSED(files.read(externalModel("d.bin", "9", "8")), "16 bytes");
    REFUSED(files.read(externalModel("d.bin", "9223372036854775807")),
            "expected 8 bytes at offset 9223372036854775807");
    REFUSED(files.read(externalModel("d.bin", "18446744073709551616")), "number of bytes");
    REFUSED(files.read(externalModel("d.bin", "-1")), "number of bytes");
    REFUSED(files.read(externalModel("d.bin", "0x8")), "number of bytes");
    REFUSED(files.read(externalModel("d.bin", "0", "4")), "found length 4");
    REFUSED(files.read(externalModel("d.bin", "0", "1099511627776")), "found length 1099511627776");
    onnx::ModelProto twice = externalModel("d.bin");
    *twice.mutable_graph()->mutable_initializer(0)->add_external_data() =
        twice.graph().initializer(0).external_data(0);
    REFUSED(files.read(twice), "twice");
    onnx::ModelProto none = externalModel("d.bin");
    none.mutable_graph()->mutable_initializer(0)->clear_external_data();
    REFUSED(files.read(none), "without a \"location\"");
    onnx::ModelProto both = externalModel("d.bin");
    both.mutable_graph()->mutable_initializer(0)->set_raw_data("12345678");
    REFUSED(files.read(both), "expected one of them");
    onnx::ModelProto huge = externalModel("d.bin");
    huge.mutable_graph()->mutable_initializer(0)->set_dims(0, 1LL << 38);
    REFUSED(files.read(huge), "16 bytes");
}

void TestHostileModels::aliasedExternalTensorsShareBytes()
{
    Files files;
    std::ofstream(files.path("d.bin"), std::ios::binary) << std::string(1 << 20, 'z');
    onnx::ModelProto proto = externalModel("d.bin");
    auto& graph = *proto.mutable_graph();
    graph.mutable_initializer(0)->set_dims(0, (1 << 20) / 4);
    for (int i = 0; i < 10'000; ++i) {
        auto* tensor = graph.add_initializer();
        *tensor = graph.initializer(0);
        tensor->set_name("w" + std::to_string(i));
    }
    struct rusage before = {};
    ::getrusage(RUSAGE_SELF, &before);
    auto model = files.read(proto);
    QVERIFY2(model.ok(), errorOf(model).c_str());
    struct rusage after = {};
    ::getrusage(RUSAGE_SELF, &after);
    QVERIFY(after.ru_maxrss - before.ru_maxrss < 200 * 1024); // KiB; 10 GB were they copied
    const auto& ids = model->graph.main().initializers;
    QCOMPARE(model->graph.value(ids[0]).initializer->tensor.bytes(),
             model->graph.value(ids[9999]).initializer->tensor.bytes());

    // Overlapping, but never equal: bounded by the size of the files.
    for (int i = 0; i < 10'000; ++i) {
        auto* tensor = graph.mutable_initializer(i);
        tensor->set_dims(0, (1 << 20) / 4 - i);
        auto* offset = tensor->add_external_data();
        offset->set_key("offset");
        offset->set_value(std::to_string(4 * i));
    }
    auto overlapping = files.read(proto);
    REFUSED(overlapping, "overlap");
    QCOMPARE(overlapping.error().code, ErrorCode::LimitReached);
}

void TestHostileModels::savingKeepsOrInlinesExternalData()
{
    Files files;
    std::ofstream(files.path("d.bin"), std::ios::binary) << "01234567";
    onnx::ModelProto proto = externalModel("d.bin", "0");
    auto model = files.read(proto);
    QVERIFY(model.ok());
    QVERIFY(formats::writeModel(*model, files.path("copy.onnx")).ok());
    QCOMPARE(*formats::readFile(files.path("copy.onnx"), 1 << 20), proto.SerializeAsString());

    Files elsewhere;
    QVERIFY(formats::writeModel(*model, elsewhere.path("copy.onnx")).ok());
    auto inlined = formats::readModel(elsewhere.path("copy.onnx"));
    QVERIFY2(inlined.ok(), errorOf(inlined).c_str());
    const auto& initializer = *inlined->graph.value(inlined->graph.main().initializers[0]).initializer;
    QVERIFY(!initializer.external);
    QCOMPARE(std::string(reinterpret_cast<const char*>(initializer.tensor.bytes()), 8),
             std::string("01234567"));

    graph::Value& value = model->graph.value(model->graph.main().initializers[0]);
    value.initializer->external->location = "../../escape.bin";
    auto refused = formats::writeModel(*model, files.path("copy.onnx"));
    QVERIFY(!refused.ok());
    QVERIFY(contains(refused.error().text(), "outside of the model's folder"));
    QCOMPARE(*formats::readFile(files.path("copy.onnx"), 1 << 20), proto.SerializeAsString());
}

void TestHostileModels::savingReplacesInOneStep()
{
    Files files;
    auto model = files.read(smallModel());
    QVERIFY(model.ok());
    std::ofstream(files.path("real.onnx")) << "old";
    ::chmod(files.path("real.onnx").c_str(), 0640);
    ::symlink("real.onnx", files.path("alias.onnx").c_str());
    QVERIFY(formats::writeModel(*model, files.path("alias.onnx")).ok());
    struct stat info = {};
    QCOMPARE(::lstat(files.path("alias.onnx").c_str(), &info), 0);
    QVERIFY(S_ISLNK(info.st_mode));
    QCOMPARE(::stat(files.path("real.onnx").c_str(), &info), 0);
    QCOMPARE(info.st_mode & 0777, mode_t(0640));
    QVERIFY(formats::readModel(files.path("real.onnx")).ok());

    auto failed = formats::writeModel(*model, files.path("no/such/folder.onnx"));
    QVERIFY(!failed.ok());
    QVERIFY(!formats::writeModel(*model, files.path("model.xyz"), "no_such_format").ok());
    QDir folder(QString::fromStdString(files.path(".")));
    QCOMPARE(folder.entryList({"*.??????"}, QDir::Files).filter(QRegularExpression("onnx\\.\\w{6}$")).size(),
             0);
}

QTEST_GUILESS_MAIN(TestHostileModels)
#include "test_hostile_models.moc"
