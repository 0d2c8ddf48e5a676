// SPDX-License-Identifier: Apache-2.0
#include "app/window/main_window.h"

#include "app/window/changed_bar.h"
#include "app/window/launch.h"
#include "app/window/status_line.h"
#include "app/window/welcome.h"
#include "views/layout/graphviz_layout.h"

#include <QAbstractButton>
#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QStackedWidget>
#include <QStatusBar>
#include <QVBoxLayout>

#include <algorithm>
#include <map>

namespace orrery::window {
namespace {

QString qstring(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

theme::Theme loadTheme(theme::Mode mode)
{
    auto theme = theme::Theme::load(mode);
    CHECK(theme.ok()); // built into the program
    return theme.releaseValue();
}

} // namespace

theme::Mode modeOf(ThemeChoice choice)
{
    if (choice == ThemeChoice::Light)
        return theme::Mode::Light;
    if (choice == ThemeChoice::Dark)
        return theme::Mode::Dark;
    static const int desktopLightness = QApplication::palette().color(QPalette::Window).lightness();
    return desktopLightness < 128 ? theme::Mode::Dark : theme::Mode::Light;
}

MainWindow::MainWindow(std::unique_ptr<Settings> settings, QWidget* parent)
    : QMainWindow(parent)
    , m_settings(std::move(settings))
    , m_theme(loadTheme(modeOf(m_settings->theme())))
    , m_themeChoice(m_settings->theme())
{
    setAcceptDrops(true);
    setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    resize(1440, 900);
    makePanels();
    m_graph->view().setRefiner(layout::graphvizRefiner(std::make_shared<layout::GraphvizLayout>()));
    connect(m_graph, &panels::GraphPanel::openRequested, this, &MainWindow::openFile);
    m_actions = std::make_unique<ActionSet>(*this, m_docks);
    m_status = new StatusLine(m_document, this);
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(m_status, 1);
    applyTheme();

    connect(&m_document, &document::Document::contentChanged, this, [this] {
        m_center->setCurrentIndex(m_document.path().isEmpty() ? 1 : 0);
        if (m_document.path().isEmpty())
            m_welcome->setLeftBehind(document::UnsavedModel::leftBehind());
        updateTitle();
        rememberDebugSettings(*this);
        m_actions->update();
        if (m_document.model())
            offerRecovery();
    });
    for (auto signal : {&document::Document::activityChanged, &document::Document::traceChanged,
                        &document::Document::graphsChanged})
        connect(&m_document, signal, this, [this] { m_actions->update(); });
    connect(&m_document, &document::Document::failed, this, &MainWindow::showFailure);
    connect(&m_document.debugger(), &document::DebugController::phaseChanged, this,
            [this] { m_actions->update(); });
    connect(&m_document.debugger(), &document::DebugController::stateChanged, this,
            [this] { m_actions->update(); });
    for (auto signal : {&document::Focus::projectionChanged, &document::Focus::overlayChanged,
                        &document::Focus::currentChanged, &document::Focus::alsoSelectedChanged})
        connect(&m_document.focus(), signal, this, [this] { m_actions->update(); });
    connect(&m_document.editor(), &document::Editor::historyChanged, this, [this] {
        updateTitle();
        m_actions->update();
    });
    connect(&m_document, &document::Document::saved, this, [this](const QString& path) {
        updateTitle();
        m_settings->addRecentFile(path);
        updateRecentFiles();
    });
    connect(&m_graph->view(), &canvas::GraphView::zoomChanged, m_status, &StatusLine::setZoom);

    const WindowLayout layout = m_settings->layout();
    if (!layout.geometry.isEmpty())
        restoreGeometry(layout.geometry);
    if (!layout.docks.isEmpty())
        restoreState(layout.docks);
    updateTitle();
    m_actions->update();
    updateRecentFiles();
}

// What is shown looks at the document to its end, and would be the last to go.
MainWindow::~MainWindow() { qDeleteAll(findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)); }

void MainWindow::makePanels()
{
    auto* central = new QWidget(this);
    m_center = new QStackedWidget(central);
    m_changedBar = new ChangedBar(*this, m_fileWatch);
    auto* column = new QVBoxLayout(central);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_changedBar);
    column->addWidget(m_center, 1);
    setCentralWidget(central);
    std::map<panels::Area, QDockWidget*> first;
    for (const panels::PanelSpec& spec : panels::panelSpecs()) {
        panels::Panel* panel = spec.make(m_document, m_theme, this);
        m_panels.push_back(panel);
        if (spec.area == panels::Area::Center) {
            m_graph = qobject_cast<panels::GraphPanel*>(panel);
            m_center->addWidget(panel);
            continue;
        }
        auto* dock = new QDockWidget(qstring(spec.title), this);
        dock->setObjectName(qstring(spec.id));
        dock->setWidget(panel);
        dock->setFeatures(QDockWidget::DockWidgetMovable | QDockWidget::DockWidgetClosable);
        if (spec.area == panels::Area::Bottom)
            dock->setTitleBarWidget(new QWidget(dock)); // its tab has the title
        const auto area =
            spec.area == panels::Area::Right ? Qt::RightDockWidgetArea : Qt::BottomDockWidgetArea;
        addDockWidget(area, dock);
        if (auto [other, isFirst] = first.try_emplace(spec.area, dock); !isFirst)
            tabifyDockWidget(other->second, dock);
        m_docks.push_back(dock);
    }
    CHECK(m_graph != nullptr);
    for (const auto& [area, dock] : first)
        dock->raise();
    if (first.contains(panels::Area::Right))
        resizeDocks({first[panels::Area::Right]}, {440}, Qt::Horizontal); // its tabs can be read
    if (first.contains(panels::Area::Bottom))
        resizeDocks({first[panels::Area::Bottom]}, {260}, Qt::Vertical);
    m_welcome = new Welcome(this);
    m_center->addWidget(m_welcome);
    m_center->setCurrentIndex(1);
    connect(m_welcome, &Welcome::openRequested, this, [this] { action("open")->trigger(); });
    connect(m_welcome, &Welcome::newRequested, this, [this] { action("new")->trigger(); });
    connect(m_welcome, &Welcome::fileChosen, this, &MainWindow::openFile);
}

void MainWindow::setThemeChoice(ThemeChoice choice)
{
    m_themeChoice = choice;
    m_settings->setTheme(choice);
    m_theme = loadTheme(modeOf(choice));
    applyTheme();
    m_actions->update();
}

void MainWindow::applyTheme()
{
    modeOf(ThemeChoice::System); // looks at the desktop's palette before ours replaces it
    qApp->setPalette(m_theme.palette());
    qApp->setFont(m_theme.font(theme::FontRole::Body));
    qApp->setStyleSheet(m_theme.styleSheet());
    m_actions->setTheme(m_theme);
    for (panels::Panel* panel : m_panels)
        panel->setTheme(m_theme);
    m_welcome->setTheme(m_theme);
    m_changedBar->setTheme(m_theme);
    m_status->setTheme(m_theme);
}

void MainWindow::updateRecentFiles()
{
    const QStringList files = m_settings->recentFiles();
    m_welcome->setRecentFiles(files);
    m_welcome->setLeftBehind(document::UnsavedModel::leftBehind());
    m_actions->setRecentFiles(files);
}

void MainWindow::forgetRecentFiles()
{
    m_settings->clearRecentFiles();
    updateRecentFiles();
}

void MainWindow::updateTitle()
{
    setWindowTitle(m_document.path().isEmpty() ? tr("Orrery")
                                               : tr("%1[*] – Orrery").arg(m_document.fileName()));
    setWindowFilePath(m_document.isUntitled() ? QString() : m_document.path());
    setWindowModified(m_document.isUnsaved());
}

void MainWindow::showFailure(const QString& title, const QString& text)
{
    m_status->setMessage(title + ": " + text);
    showPanel("problems");
}

// Beside the work, not in its way: it asks once, and what it found stays until it is answered.
void MainWindow::offerRecovery()
{
    const std::size_t edits = m_document.editor().recoverable();
    if (edits == 0)
        return;
    auto* box = new QMessageBox(
        QMessageBox::Question, tr("Orrery"),
        tr("%1 was being edited when the program ended unexpectedly.").arg(m_document.fileName()),
        QMessageBox::NoButton, this);
    box->setObjectName("recovery");
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(edits == 1 ? tr("One edit was not saved.")
                                       : tr("%1 edits were not saved.").arg(edits));
    box->setAttribute(Qt::WA_DeleteOnClose);
    auto* restore = box->addButton(tr("&Restore"), QMessageBox::AcceptRole);
    auto* discard = box->addButton(tr("&Discard"), QMessageBox::DestructiveRole);
    box->addButton(tr("&Later"), QMessageBox::RejectRole);
    box->setDefaultButton(restore);
    connect(box, &QMessageBox::buttonClicked, this, [this, restore, discard](QAbstractButton* button) {
        if (button == restore)
            m_document.editor().recover();
        else if (button == discard)
            m_document.editor().discardRecoverable();
    });
    box->open();
}

bool MainWindow::mayLeave()
{
    if (!m_document.isUnsaved())
        return true;
    QMessageBox box(QMessageBox::Question, tr("Orrery"),
                    m_document.isUntitled() ? tr("The new model %1 is not saved.").arg(m_document.fileName())
                                            : tr("%1 was edited and not saved.").arg(m_document.fileName()),
                    QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, this);
    box.setTextFormat(Qt::PlainText);
    box.setDefaultButton(QMessageBox::Save);
    const int answer = box.exec();
    if (answer == QMessageBox::Save) {
        const QString path = m_document.isUntitled() ? askWhereToSave() : m_document.path();
        return !path.isEmpty() && m_document.saveNow(path);
    }
    return answer == QMessageBox::Discard;
}

QString MainWindow::askWhereToSave()
{
    const QFileInfo now(m_document.path());
    const QString folder = m_document.isUntitled() ? QDir::currentPath() : now.path();
    return QFileDialog::getSaveFileName(this, tr("Save the model"), folder + "/" + now.fileName(),
                                        tr("ONNX models (*.onnx);;ONNX text (*.onnxtxt)"));
}

void MainWindow::openFile(const QString& path)
{
    if (!mayLeave())
        return;
    m_document.open(path);
    if (m_document.content() == document::Content::Trace && m_document.focus().overlay().isEmpty())
        m_document.focus().setOverlay("time"); // what one opens a trace for
    if (m_document.content() != document::Content::Nothing) {
        if (!m_document.isUntitled())
            m_settings->addRecentFile(m_document.path());
        updateRecentFiles();
    }
}

bool MainWindow::showPanel(const QString& id)
{
    for (QDockWidget* dock : m_docks)
        if (dock->objectName() == id) {
            dock->show();
            dock->raise();
            return true;
        }
    return id == "graph";
}

bool MainWindow::isIdle() const
{
    return m_document.isIdle() && std::all_of(m_panels.begin(), m_panels.end(),
                                              [](const panels::Panel* panel) { return panel->isIdle(); });
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    const auto urls = event->mimeData()->urls();
    if (urls.size() == 1 && urls.front().isLocalFile())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const auto urls = event->mimeData()->urls();
    if (urls.size() == 1 && urls.front().isLocalFile())
        openFile(urls.front().toLocalFile());
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!mayLeave()) {
        event->ignore();
        return;
    }
    m_settings->setLayout({saveGeometry(), saveState()});
    QMainWindow::closeEvent(event);
}

} // namespace orrery::window
