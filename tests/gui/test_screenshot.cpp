// SPDX-License-Identifier: Apache-2.0
//
// `orrery FILE --screenshot`, as a program of its own and without a display.
#include <QImage>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <set>

class TestScreenshot : public QObject {
    Q_OBJECT

private:
    struct Answer {
        int exitCode = -1;
        QByteArray errors;
    };

    static Answer orrery(const QStringList& arguments)
    {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
            environment.remove(name);
        process.setProcessEnvironment(environment);
        process.start(ORRERY_PROGRAM, arguments);
        if (!process.waitForFinished(120'000) || process.exitStatus() != QProcess::NormalExit)
            return {-1, process.readAllStandardError()};
        return {process.exitCode(), process.readAllStandardError()};
    }

private slots:
    void writesWhatTheWindowShows_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::newRow("dataflow") << QStringList{"--theme", "light"};
        QTest::newRow("compute") << QStringList{"--view", "compute", "--theme", "dark"};
        QTest::newRow("overlay") << QStringList{"--overlay", "time", "--panel", "problems"};
    }

    void writesWhatTheWindowShows()
    {
        QFETCH(QStringList, options);
        QTemporaryDir folder;
        const QString out = folder.filePath("window.png");
        const Answer answer = orrery(QStringList{QString(SAMPLE_GRAPHS) + "/cifar10_cnn.onnxtxt",
                                                 "--screenshot", out, "--size", "1000x700"} +
                                     options);
        QCOMPARE(answer.errors, QByteArray());
        QCOMPARE(answer.exitCode, 0);
        const QImage image(out);
        QCOMPARE(image.size(), QSize(1000, 700));
        std::set<QRgb> colours; // of the canvas: nodes, edges and text make many
        for (int y = 100; y < 400; y += 2)
            for (int x = 100; x < 600; x += 2)
                colours.insert(image.pixel(x, y));
        QVERIFY2(colours.size() > 20, qPrintable(QString::number(colours.size())));
    }

    void aBadFileIsOneLineAndStatusThree()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("bad.onnx");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("GIF89a, not a model");
        file.close();
        const Answer answer = orrery({path, "--screenshot", folder.filePath("x.png")});
        QCOMPARE(answer.exitCode, 3);
        QCOMPARE(answer.errors.trimmed().count('\n'), 0);
        QVERIFY(answer.errors.contains("bad.onnx"));
        QVERIFY(!QFile::exists(folder.filePath("x.png")));
    }

    void unknownNamesAreUsageErrors()
    {
        for (const QStringList& options : {QStringList{"--view", "sideways"},
                                           {"--panel", "kitchen"},
                                           {"--overlay", "mood"},
                                           {"--size", "0x0"}}) {
            const Answer answer = orrery(
                QStringList{QString(SAMPLE_GRAPHS) + "/mlp.onnxtxt", "--screenshot", "/dev/null"} + options);
            QVERIFY2(answer.exitCode == 2, qPrintable(options.join(' ')));
            QVERIFY(!answer.errors.isEmpty());
        }
    }

    void withoutADisplayTheWindowSaysWhatWorks()
    {
        const Answer answer = orrery({QString(SAMPLE_GRAPHS) + "/mlp.onnxtxt"});
        QCOMPARE(answer.exitCode, 2);
        QVERIFY(answer.errors.contains("--screenshot"));
    }
};

QTEST_GUILESS_MAIN(TestScreenshot)
#include "test_screenshot.moc"
