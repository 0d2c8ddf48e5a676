#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Rows for data-driven tests: every .onnx file under the folders that the environment names
// (ORRERY_PEER_MODELS; ORRERY_ONNX_TESTDATA, which is that of libonnx-testdata unless set). A folder that is
// not there gets a row that skips, with its name.

#include <QDirIterator>
#include <QTest>

inline void addInstalledModels()
{
    QTest::addColumn<QString>("path");
    const std::pair<const char*, const char*> folders[] = {
        {"ORRERY_PEER_MODELS", ""}, {"ORRERY_ONNX_TESTDATA", "/usr/share/libonnx-testdata/data"}};
    for (auto [variable, fallback] : folders) {
        QString root = qEnvironmentVariable(variable, fallback);
        if (root.isEmpty() || !QDir(root).exists()) {
            QTest::newRow(variable) << QString();
            continue;
        }
        QDirIterator files(root, {"*.onnx"}, QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QString path = files.next();
            QTest::newRow(qPrintable(QDir(root).relativeFilePath(path))) << path;
        }
    }
}

#define SKIP_MISSING_FOLDER(path)                                                                            \
    if ((path).isEmpty())                                                                                    \
    QSKIP(qPrintable(QString("set %1 to a folder of models").arg(QTest::currentDataTag())))
