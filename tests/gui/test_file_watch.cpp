// SPDX-License-Identifier: Apache-2.0
//
// The file of the open model is changed, replaced or removed by another program: the window says so, and
// nothing is read anew or lost unless a button says so.
#include "engine/edit/actions.h"
#include "tests/gui/window_fixture.h"

#include <QFile>
#include <QMessageBox>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTimer>

#include <cstdio>

using namespace orrery;
using namespace orrery::window;
using State = document::FileWatch::State;

namespace {

struct Shown {
    std::unique_ptr<MainWindow> window = shownWindow();
    QTemporaryDir folder;
    QString path = folder.filePath("model.onnxtxt");

    Shown()
    {
        QFile::copy(sample("if_branch.onnxtxt"), path);
        QFile(path).setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        window->openFile(path);
        wait(State::Same);
        QTest::qWait(600); // it has looked once by now
    }
    document::Document& document() const { return window->document(); }
    QWidget* bar() const { return window->findChild<QWidget*>("changedBar"); }
    bool wait(State state) const
    {
        return settle(*window) && QTest::qWaitFor([&] { return window->fileWatch().state() == state; }, 5000);
    }
    QByteArray bytes() const
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    // As most programs write: another file that takes the name.
    void replaceWith(QByteArray bytes) const
    {
        const QString other = folder.filePath("other.tmp");
        QFile file(other);
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("cannot be written");
        file.close();
        if (std::rename(other.toUtf8(), path.toUtf8()) != 0)
            qFatal("cannot be renamed");
    }
    void edit() const
    {
        const NodeId first = document().editor().model().graph.main().nodes.front();
        document().editor().apply(edit::renameNode(document().editor().model(), first, "mine"));
    }
    void click(const char* button) const { window->findChild<QPushButton*>(button)->click(); }
};

} // namespace

class TestFileWatch : public QObject {
    Q_OBJECT
private slots:
    void init() { qputenv("ORRERY_RUNNER", ORRERY_RUNNER_PROGRAM); }

    void aReplacedFileIsToldAndReloaded()
    {
        Shown s;
        QVERIFY(!s.bar()->isVisible());
        s.replaceWith(s.bytes().replace("negate", "changed"));
        QVERIFY(s.wait(State::Changed));
        QVERIFY(s.bar()->isVisible());
        QVERIFY(!s.window->findChild<QPushButton*>("changedSaveMine")->isVisible());
        QVERIFY(keyOf(*s.window, "negate") != canvas::noKey || keyOf(*s.window, "changed") == canvas::noKey);
        s.click("changedReload");
        QVERIFY(s.wait(State::Same));
        QVERIFY(!s.bar()->isVisible());
        bool found = false;
        for (NodeId id : s.document().editor().model().graph.liveNodes())
            found = found || s.document().editor().model().graph.node(id).name == "changed";
        QVERIFY(found);
        // And once more: the new file is watched.
        s.replaceWith(s.bytes().replace("changed", "again"));
        QVERIFY(s.wait(State::Changed));
    }

    void editsAreKeptAndSavingAsksFirst()
    {
        Shown s;
        s.edit();
        const QByteArray theirs = s.bytes().replace("negate", "theirs");
        s.replaceWith(theirs);
        QVERIFY(s.wait(State::Changed));
        QVERIFY(s.window->findChild<QPushButton*>("changedSaveMine")->isVisible());
        QCOMPARE(s.document().editor().stepCount(), std::size_t(1));
        QTimer::singleShot(200, s.window.get(), [] {
            for (QWidget* widget : QApplication::topLevelWidgets())
                if (auto* box = qobject_cast<QMessageBox*>(widget); box && box->isVisible())
                    box->reject();
        });
        s.window->action("save")->trigger();
        QVERIFY(settle(*s.window));
        QCOMPARE(s.bytes(), theirs);
        s.click("changedKeep");
        QVERIFY(!s.bar()->isVisible());
        QCOMPARE(s.document().editor().stepCount(), std::size_t(1));
        s.window->action("save")->trigger(); // was decided
        QVERIFY(settle(*s.window));
        QVERIFY(s.bytes().contains("mine"));
        QTest::qWait(1000);
        QCOMPARE(s.window->fileWatch().state(), State::Same); // our own writing is no change
    }

    void aTouchedFileIsNoChange()
    {
        Shown s;
        s.replaceWith(s.bytes());
        QTest::qWait(1200);
        QCOMPARE(s.window->fileWatch().state(), State::Same);
    }

    void aRemovedFileIsTold()
    {
        Shown s;
        QVERIFY(QFile::remove(s.path));
        QVERIFY(s.wait(State::Removed));
        QVERIFY(s.bar()->isVisible());
        QVERIFY(labelTexts(s.bar()).contains("no longer there"));
        if (const QByteArray pictures = qgetenv("ORRERY_PICTURES"); !pictures.isEmpty())
            s.window->grab().save(QString::fromLocal8Bit(pictures) + "/removed.png");
        s.click("changedKeep");
        QVERIFY(!s.bar()->isVisible());
    }
};

QTEST_MAIN(TestFileWatch)
#include "test_file_watch.moc"
