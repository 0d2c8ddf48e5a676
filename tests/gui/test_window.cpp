// SPDX-License-Identifier: Apache-2.0
//
// Opening, selecting, searching, themes, and files that are no good.
#include "tests/gui/window_fixture.h"
#include "views/panels/search_bar.h"

#include <QDockWidget>
#include <QLineEdit>
#include <QTableView>
#include <QTemporaryDir>

using namespace orrery;
using namespace orrery::window;

class TestWindow : public QObject {
    Q_OBJECT

private slots:
    void saysWhatToDoWhileNothingIsOpen()
    {
        auto window = shownWindow();
        QVERIFY(labelTexts(window->centralWidget()).contains("drop a file"));
        QVERIFY(!window->action("profile")->isEnabled());
        QVERIFY(!window->action("find")->isEnabled());
        for (QDockWidget* dock : window->findChildren<QDockWidget*>()) {
            dock->raise();
            QVERIFY2(labelTexts(dock->widget()).trimmed().size() > 15, qPrintable(dock->objectName()));
        }
    }

    void showsTheNodesOfAModelWithoutRunningIt()
    {
        auto window = shownWindow();
        window->openFile(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(settle(*window));
        const auto scene = window->graphPanel().view().scene();
        QVERIFY(scene != nullptr);
        QCOMPARE(scene->nodeCount(), std::size_t(11 + 2)); // and one input, one output
        QVERIFY(keyOf(*window, "conv1") != canvas::noKey);
        QVERIFY(window->action("profile")->isEnabled());
        QVERIFY(window->document().trace() == nullptr);
        QVERIFY(window->windowTitle().contains("cifar10_cnn.onnxtxt"));
    }

    void aClickOnTheCanvasSelectsForEveryPanel()
    {
        auto window = shownWindow();
        window->openFile(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(settle(*window));
        canvas::GraphView& view = window->graphPanel().view();
        const std::uint64_t key = keyOf(*window, "dense1");
        view.reveal(key);
        QVERIFY(settle(*window));
        QTest::mouseClick(&view, Qt::LeftButton, {},
                          view.fromScene(view.scene()->rectOfKey(key).center()).toPoint());
        QCOMPARE(window->document().focus().current().key, key);
        QVERIFY(settle(*window));
        const QString texts = labelTexts(window->findChild<QDockWidget*>("properties")->widget());
        QVERIFY2(texts.contains("dense1") && texts.contains("transB"), qPrintable(texts));
        QVERIFY2(texts.contains("Whether B should be transposed"), qPrintable(texts)); // ONNX's own words
    }

    void searchGoesFromResultToResult()
    {
        auto window = shownWindow();
        window->openFile(sample("cifar10_cnn.onnxtxt"));
        QVERIFY(settle(*window));
        window->graphPanel().openSearch();
        auto* bar = window->findChild<panels::SearchBar*>();
        QVERIFY(bar->isVisible());
        QTest::keyClicks(bar->field(), "type:Conv");
        QCOMPARE(bar->results().size(), std::size_t(2));
        QCOMPARE(window->document().focus().current().key, keyOf(*window, "conv1"));
        QTest::keyClick(bar->field(), Qt::Key_Return);
        QCOMPARE(window->document().focus().current().key, keyOf(*window, "conv2"));
        QVERIFY(labelTexts(bar).contains("2 of 2"));
        QTest::keyClick(bar->field(), Qt::Key_Return, Qt::ShiftModifier);
        QCOMPARE(window->document().focus().current().key, keyOf(*window, "conv1"));
        bar->field()->setText("no such node");
        QVERIFY(labelTexts(bar).contains("not found"));
        QTest::keyClick(bar->field(), Qt::Key_Escape);
        QVERIFY(!bar->isVisible());
    }

    void themesChangeWhatIsPainted()
    {
        auto window = shownWindow();
        window->openFile(sample("cifar10_cnn.onnxtxt"));
        window->setThemeChoice(ThemeChoice::Light);
        QVERIFY(settle(*window));
        const QColor light = window->grab().toImage().pixelColor(40, window->height() / 2);
        window->setThemeChoice(ThemeChoice::Dark);
        QVERIFY(settle(*window));
        const QColor dark = window->grab().toImage().pixelColor(40, window->height() / 2);
        QVERIFY2(light.lightness() > 200 && dark.lightness() < 80,
                 qPrintable(light.name() + " " + dark.name()));
        QVERIFY(window->action("theme_dark")->isChecked());
    }

    void aFileThatIsNoModelIsAProblemAndTheNextOneOpens()
    {
        QTemporaryDir folder;
        auto window = shownWindow();
        for (const QByteArray& content :
             {QByteArray(), QByteArray("\x89PNG\r\n\x1a\n noise"), QByteArray(4096, '\x7f'),
              QByteArray("SQLite format 3\0 and then nothing", 40)}) {
            const QString path = folder.filePath("broken.onnx");
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(content);
            file.close();
            window->openFile(path);
            QVERIFY(settle(*window));
            QVERIFY(hasErrors(window->document().problems()));
            QVERIFY(window->findChild<QTableView*>("problems")->model()->rowCount() > 0);
            QVERIFY(!window->action("profile")->isEnabled());
        }
        window->openFile(folder.filePath("not there.onnx"));
        QVERIFY(settle(*window));
        QVERIFY(hasErrors(window->document().problems()));
        window->openFile(sample("mlp.onnxtxt"));
        QVERIFY(settle(*window));
        QVERIFY(!hasErrors(window->document().problems()));
        QVERIFY(window->graphPanel().view().scene()->nodeCount() > 2);
    }

    void namesFromFilesAreNeverMarkup()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("a<b>bold.onnxtxt");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(
            "<ir_version: 8, opset_import: [\"\" : 13]>\ng (float[2] x) => (float[2] y) { y = Relu (x) }\n");
        file.close();
        auto window = shownWindow();
        window->openFile(path);
        QVERIFY(settle(*window));
        QVERIFY(labelTexts(window->findChild<QDockWidget*>("properties")->widget()).contains("a<b>bold"));
        for (const QLabel* label : window->findChildren<QLabel*>())
            if (!label->text().isEmpty())
                QCOMPARE(label->textFormat(), Qt::PlainText);
    }

    void everySampleOpens_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<bool>("isFaulty");
        const QStringList faulty = {"cycle", "shape_clash", "missing_input", "unknown_op"};
        const auto files = QDir(SAMPLE_GRAPHS).entryInfoList({"*.onnxtxt"});
        QVERIFY(files.size() >= 8);
        for (const QFileInfo& file : files)
            QTest::newRow(qPrintable(file.baseName())) << file.filePath() << faulty.contains(file.baseName());
    }

    void everySampleOpens()
    {
        QFETCH(QString, path);
        QFETCH(bool, isFaulty);
        auto window = shownWindow();
        window->openFile(path);
        QVERIFY(settle(*window));
        QVERIFY(window->graphPanel().view().scene() != nullptr);
        QVERIFY(window->graphPanel().view().scene()->nodeCount() > 1);
        bool complains = false;
        for (const Problem& problem : window->document().problems())
            complains = complains || problem.severity != Severity::Info;
        QCOMPARE(complains, isFaulty);
    }

    void bodiesOfIfAreDrawnWithIt()
    {
        auto window = shownWindow();
        window->openFile(sample("if_branch.onnxtxt"));
        QVERIFY(settle(*window));
        const canvas::DisplayGraph& graph = *window->graphPanel().graph();
        const std::uint64_t inThen = keyOf(*window, "double"), last = keyOf(*window, "relu");
        QVERIFY(inThen != canvas::noKey && last != canvas::noKey);
        bool leadsOut = false;
        for (const canvas::DisplayEdge& edge : graph.edges)
            leadsOut = leadsOut || (graph.nodes[edge.from].key == inThen && graph.nodes[edge.to].key == last);
        QVERIFY(leadsOut);
    }
};

QTEST_MAIN(TestWindow)
#include "test_window.moc"
