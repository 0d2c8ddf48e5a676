// SPDX-License-Identifier: Apache-2.0
//
// Real models, where they are installed: every one loads, and its counts are those of the file.
#include "engine/formats/format.h"

#include <QDirIterator>
#include <QTest>

using namespace orrery;

class TestReadModels : public QObject {
    Q_OBJECT

private slots:
    void everyInstalledModelLoads_data();
    void everyInstalledModelLoads();
};

void TestReadModels::everyInstalledModelLoads_data()
{
    QTest::addColumn<QString>("path");
    QTest::newRow("none") << QString();
    for (const QString& root :
         {qEnvironmentVariable("ORRERY_PEER_MODELS"),
          qEnvironmentVariable("ORRERY_ONNX_TESTDATA", "/usr/share/libonnx-testdata/data")}) {
        if (root.isEmpty())
            continue;
        QDirIterator files(root, {"*.onnx"}, QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QString path = files.next();
            QTest::newRow(qPrintable(QDir(root).relativeFilePath(path))) << path;
        }
    }
}

void TestReadModels::everyInstalledModelLoads()
{
    QFETCH(QString, path);
    if (path.isEmpty())
        QSKIP("more rows come from ORRERY_PEER_MODELS and ORRERY_ONNX_TESTDATA");
    auto model = formats::readModel(path.toStdString());
    QVERIFY2(model.ok(), model.ok() ? "" : model.error().text().c_str());
    QVERIFY(model->graph.nodeCount() > 0);
    QVERIFY(!model->graph.main().outputs.empty());
    QVERIFY(model->opsetVersion("") > 0 || !model->opsets.empty());
    for (const Problem& problem : model->loadProblems)
        qInfo("%s %s", problem.code.c_str(), problem.text.c_str());
}

QTEST_GUILESS_MAIN(TestReadModels)
#include "test_read_models.moc"
