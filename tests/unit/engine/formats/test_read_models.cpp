// SPDX-License-Identifier: Apache-2.0
//
// Real models: each loads, has the counts that protobuf's own reading of the file gives, breaks none of the
// graph's laws, and is an equal protobuf message after a load and save.
#include "engine/formats/file_io.h"
#include "engine/formats/format.h"
#include "engine/graph/verify.h"
#include "tests/unit/engine/formats/installed_models.h"

#include <QTemporaryDir>
#include <google/protobuf/util/message_differencer.h>
#include <onnx/onnx_pb.h>

using namespace orrery;

namespace {

onnx::ModelProto parsed(const std::string& path)
{
    onnx::ModelProto proto;
    auto bytes = formats::readFile(path, INT64_MAX);
    if (!bytes.ok() || !proto.ParsePartialFromString(*bytes))
        qFatal("cannot parse %s", path.c_str());
    return proto;
}

} // namespace

class TestReadModels : public QObject {
    Q_OBJECT

private slots:
    void loadsWithTheFilesCounts_data() { addInstalledModels(); }
    void loadsWithTheFilesCounts();
    void survivesLoadAndSave_data() { addInstalledModels(); }
    void survivesLoadAndSave();
};

void TestReadModels::loadsWithTheFilesCounts()
{
    QFETCH(QString, path);
    SKIP_MISSING_FOLDER(path);
    auto model = formats::readModel(path.toStdString());
    QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
    auto proto = parsed(path.toStdString());
    QCOMPARE(int(model->graph.main().nodes.size()), proto.graph().node_size());
    QCOMPARE(int(model->graph.main().inputs.size()), proto.graph().input_size());
    QCOMPARE(int(model->graph.main().outputs.size()), proto.graph().output_size());
    QCOMPARE(int(model->graph.main().initializers.size()), proto.graph().initializer_size());
    QCOMPARE(int(model->functions.size()), proto.functions_size());
    for (const Problem& problem : model->loadProblems)
        QVERIFY2(problem.severity != Severity::Error, (problem.code + ": " + problem.text).c_str());
}

void TestReadModels::survivesLoadAndSave()
{
    QFETCH(QString, path);
    SKIP_MISSING_FOLDER(path);
    auto model = formats::readModel(path.toStdString());
    QVERIFY(model.ok());
    QTemporaryDir folder;
    std::string copy = folder.filePath("copy.onnx").toStdString();
    auto written = formats::writeModel(*model, copy);
    QVERIFY2(written.ok(), written.ok() ? "" : written.error().text().c_str());
    google::protobuf::util::MessageDifferencer differencer;
    std::string difference;
    differencer.ReportDifferencesToString(&difference);
    QVERIFY2(differencer.Compare(parsed(path.toStdString()), parsed(copy)),
             difference.substr(0, 2000).c_str());
}

QTEST_GUILESS_MAIN(TestReadModels)
#include "test_read_models.moc"
