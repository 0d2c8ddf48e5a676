// SPDX-License-Identifier: Apache-2.0
#include "app/window/main_window.h"

#include "app/window/run_dialog.h"
#include "app/window/status.h"
#include "app/window/welcome.h"
#include "views/layout/graphviz_layout.h"
#include "views/panels/empty_state.h"

#include <QApplication>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QMenuBar>
#include <QMimeData>
#include <QProgressBar>
#include <QStackedWidget>
#include <QStatusBar>
#include <QStyleHints>
#include <QToolBar>
#include <QToolButton>

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
    makeActions();
    makeStatusBar();
    applyTheme();

    connect(&m_document, &document::Document::contentChanged, this, [this] {
        m_center->setCurrentIndex(m_document.path().isEmpty() ? 1 : 0);
        updateTitle();
        updateActions();
    });
    for (auto signal : {&document::Document::activityChanged, &document::Document::traceChanged,
                        &document::Document::graphsChanged})
        connect(&m_document, signal, this, [this] {
            updateStatus();
            updateActions();
        });
    connect(&m_document, &document::Document::progressChanged, this, [this] { updateStatus(); });
    connect(&m_document, &document::Document::message, this,
            [this](const QString& text) { m_status->setText(text); });
    connect(&m_document, &document::Document::failed, this, &MainWindow::showFailure);
    for (auto signal : {&document::Focus::projectionChanged, &document::Focus::overlayChanged,
                        &document::Focus::currentChanged})
        connect(&m_document.focus(), signal, this, [this] { updateActions(); });
    connect(&m_graph->view(), &canvas::GraphView::zoomChanged, this,
            [this](double zoom) { m_zoom->setText(tr("%1 %").arg(int(zoom * 100 + 0.5))); });

    const WindowLayout layout = m_settings->layout();
    if (!layout.geometry.isEmpty())
        restoreGeometry(layout.geometry);
    if (!layout.docks.isEmpty())
        restoreState(layout.docks);
    updateTitle();
    updateActions();
    updateRecentFiles();
}

MainWindow::~MainWindow() = default;

void MainWindow::makePanels()
{
    m_center = new QStackedWidget(this);
    setCentralWidget(m_center);
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
        const auto area =
            spec.area == panels::Area::Right ? Qt::RightDockWidgetArea : Qt::BottomDockWidgetArea;
        addDockWidget(area, dock);
        if (auto [other, isFirst] = first.try_emplace(spec.area, dock); !isFirst)
            tabifyDockWidget(other->second, dock);
        m_docks[qstring(spec.id)] = dock;
    }
    CHECK(m_graph != nullptr);
    for (const auto& [area, dock] : first)
        dock->raise();
    if (first.contains(panels::Area::Right))
        resizeDocks({first[panels::Area::Right]}, {330}, Qt::Horizontal);
    if (first.contains(panels::Area::Bottom))
        resizeDocks({first[panels::Area::Bottom]}, {260}, Qt::Vertical);
    m_welcome = new Welcome(this);
    m_center->addWidget(m_welcome);
    m_center->setCurrentIndex(1);
    connect(m_welcome, &Welcome::openRequested, this, [this] { action("open")->trigger(); });
    connect(m_welcome, &Welcome::fileChosen, this, &MainWindow::openFile);
}

void MainWindow::makeActions()
{
    m_toolBar = addToolBar(tr("Main"));
    m_toolBar->setObjectName("toolbar");
    m_toolBar->setMovable(false);
    m_toolBar->setIconSize({18, 18});
    m_toolBar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_toolBar->setContextMenuPolicy(Qt::PreventContextMenu);
    for (const ActionMenu& entry : actionMenus()) {
        QMenu* menu = menuBar()->addMenu(entry.title);
        std::map<QString, QMenu*> subMenus;
        for (const ActionSpec& spec : entry.actions) {
            if (spec.separator == Separator::Before)
                menu->addSeparator();
            QMenu* target = menu;
            if (!spec.subMenu.isEmpty()) {
                QMenu*& sub = subMenus[spec.subMenu];
                target = sub = sub ? sub : menu->addMenu(spec.subMenu);
            }
            QAction* made = target->addAction(spec.text);
            made->setObjectName(spec.id);
            made->setShortcuts(spec.shortcuts);
            made->setToolTip(actionToolTip(spec));
            made->setCheckable(bool(spec.checked));
            connect(made, &QAction::triggered, this, [this, run = spec.run] {
                run(*this);
                updateActions();
            });
            if (spec.place == Place::MenuAndToolBar) {
                if (spec.separator == Separator::Before)
                    m_toolBar->addSeparator();
                m_toolBar->addAction(made);
            }
            m_actions.emplace_back(spec, made);
            if (spec.id == "open")
                m_recentMenu = menu->addMenu(tr("Open &recent"));
        }
        if (subMenus.empty())
            continue;
        menu->addSeparator();
        QMenu* panelsMenu = menu->addMenu(tr("&Panels"));
        for (const auto& [id, dock] : m_docks)
            panelsMenu->addAction(dock->toggleViewAction());
    }
}

void MainWindow::makeStatusBar()
{
    m_status = panels::plainLabel({}, this);
    m_status->setContentsMargins(8, 0, 0, 0);
    m_status->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_progress = new QProgressBar(this);
    m_progress->setFixedSize(180, 14);
    m_progress->setTextVisible(false);
    m_progress->hide();
    m_cancel = new QToolButton(this);
    m_cancel->setText(tr("Cancel"));
    m_cancel->hide();
    m_zoom = panels::plainLabel({}, this);
    m_zoom->setContentsMargins(8, 0, 8, 0);
    connect(m_cancel, &QToolButton::clicked, &m_document, &document::Document::cancel);
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(m_status, 1);
    statusBar()->addPermanentWidget(m_progress);
    statusBar()->addPermanentWidget(m_cancel);
    statusBar()->addPermanentWidget(m_zoom);
}

void MainWindow::setThemeChoice(ThemeChoice choice)
{
    m_themeChoice = choice;
    m_settings->setTheme(choice);
    m_theme = loadTheme(modeOf(choice));
    applyTheme();
}

void MainWindow::applyTheme()
{
    modeOf(ThemeChoice::System); // looks at the desktop's palette before ours replaces it
    qApp->setPalette(m_theme.palette());
    qApp->setFont(m_theme.font(theme::FontRole::Body));
    qApp->setStyleSheet(m_theme.styleSheet());
    for (auto& [spec, made] : m_actions)
        if (!spec.icon.isEmpty())
            made->setIcon(m_theme.icon(spec.icon));
    for (panels::Panel* panel : m_panels)
        panel->setTheme(m_theme);
    m_welcome->setTheme(m_theme);
    panels::setColor(m_zoom, m_theme.color(theme::Role::TextMuted));
}

void MainWindow::updateActions()
{
    for (auto& [spec, made] : m_actions) {
        made->setEnabled(!spec.enabled || spec.enabled(*this));
        if (spec.checked)
            made->setChecked(spec.checked(*this));
    }
}

void MainWindow::updateRecentFiles()
{
    const QStringList files = m_settings->recentFiles();
    m_welcome->setRecentFiles(files);
    if (!m_recentMenu)
        return;
    m_recentMenu->clear();
    m_recentMenu->setEnabled(!files.isEmpty());
    for (const QString& path : files)
        connect(m_recentMenu->addAction(menuText(path)), &QAction::triggered, this,
                [this, path] { openFile(path); });
    m_recentMenu->addSeparator();
    connect(m_recentMenu->addAction(tr("Clear list")), &QAction::triggered, this, [this] {
        m_settings->clearRecentFiles();
        updateRecentFiles();
    });
}

void MainWindow::updateStatus()
{
    const auto activity = m_document.activity();
    const bool busy = activity != document::Activity::None;
    m_progress->setVisible(busy);
    m_cancel->setVisible(busy);
    if (!busy)
        return;
    const session::Progress& now = m_document.progress();
    const bool counts = activity == document::Activity::Running && now.stepsTotal > 1;
    m_progress->setRange(0, counts ? int(now.stepsTotal) : 0);
    m_progress->setValue(counts ? int(now.stepsDone) : 0);
    m_cancel->setText(activity == document::Activity::Running ? tr("Stop") : tr("Cancel"));
    m_status->setText(activityText(m_document));
}

void MainWindow::updateTitle()
{
    setWindowTitle(m_document.path().isEmpty() ? tr("Orrery") : tr("%1 – Orrery").arg(m_document.fileName()));
    setWindowFilePath(m_document.path());
    if (m_document.content() == document::Content::Nothing)
        m_status->setText(m_document.path().isEmpty() ? QString() : m_status->text());
}

void MainWindow::showFailure(const QString& title, const QString& text)
{
    m_status->setText(title + ": " + text);
    showPanel("problems");
}

void MainWindow::openFile(const QString& path)
{
    m_document.open(path);
    if (m_document.content() != document::Content::Nothing) {
        m_settings->addRecentFile(m_document.path());
        updateRecentFiles();
    }
}

bool MainWindow::askRunSettings(document::RunSettings& settings)
{
    RunDialog dialog(*m_document.model(), settings, this);
    if (dialog.exec() != QDialog::Accepted)
        return false;
    settings = dialog.settings();
    m_settings->setRunSettings(m_document.path(), settings);
    return true;
}

void MainWindow::profile(Ask ask)
{
    if (!m_document.canRun())
        return;
    document::RunSettings settings = m_settings->runSettings(m_document.path());
    const bool mustAsk = hasOpenDims(*m_document.model()) && !m_settings->hasRunSettings(m_document.path());
    if ((ask == Ask::Always || mustAsk) && !askRunSettings(settings))
        return;
    if (m_document.focus().overlay().isEmpty())
        m_document.focus().setOverlay("time");
    showPanel("hotspots");
    m_document.run(settings);
}

void MainWindow::runOnce()
{
    if (!m_document.canRun())
        return;
    document::RunSettings settings = m_settings->runSettings(m_document.path());
    if (hasOpenDims(*m_document.model()) && !m_settings->hasRunSettings(m_document.path()) &&
        !askRunSettings(settings))
        return;
    settings.warmup = 0;
    settings.runs = 1;
    m_document.run(settings);
}

bool MainWindow::showPanel(const QString& id)
{
    auto found = m_docks.find(id);
    if (found == m_docks.end())
        return id == "graph";
    found->second->show();
    found->second->raise();
    return true;
}

bool MainWindow::isIdle() const
{
    return m_document.isIdle() && std::all_of(m_panels.begin(), m_panels.end(),
                                              [](const panels::Panel* panel) { return panel->isIdle(); });
}

QAction* MainWindow::action(const QString& id) const
{
    for (const auto& [spec, made] : m_actions)
        if (spec.id == id)
            return made;
    return nullptr;
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
    m_settings->setLayout({saveGeometry(), saveState()});
    QMainWindow::closeEvent(event);
}

} // namespace orrery::window
