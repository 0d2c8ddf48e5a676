// SPDX-License-Identifier: Apache-2.0
#include "app/window/clean_up_dialog.h"

#include "app/window/main_window.h"
#include "engine/base/text.h"
#include "views/panels/empty_state.h"
#include "views/panels/graph_edits.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>
#include <QTabWidget>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace orrery::window {
namespace {

constexpr std::size_t mostNodesShown = 5000;
constexpr int mostOperatorsTold = 3;

QString shown(const std::string& text, std::size_t most = 1000)
{
    return QString::fromStdString(displayText(text, most));
}

QString bytes(std::int64_t count) { return QString::fromStdString(formatBytes(count)); }
QString signedNumber(std::int64_t number)
{
    return number > 0 ? QString("+%1").arg(number) : number < 0 ? QString("−%1").arg(-number) : QString("0");
}

struct OperatorChange {
    std::string op;
    std::int64_t before = 0, after = 0;
    std::int64_t change() const { return after - before; }
};

std::vector<OperatorChange> changesOf(const edit::CleanUp& found)
{
    std::map<std::string, OperatorChange> byName;
    for (const auto& [op, count] : found.before.byOperator)
        byName[op].before = static_cast<std::int64_t>(count);
    for (const auto& [op, count] : found.afterwards.byOperator)
        byName[op].after = static_cast<std::int64_t>(count);
    std::vector<OperatorChange> changes;
    for (auto& [op, change] : byName) {
        change.op = op;
        changes.push_back(change);
    }
    std::stable_sort(changes.begin(), changes.end(), [](const OperatorChange& a, const OperatorChange& b) {
        return std::abs(a.change()) > std::abs(b.change());
    });
    return changes;
}

// Of some, or of none at all; else of what belongs to the model as a whole.
bool isOfNodes(const edit::CleanUp& found)
{
    return found.touched.empty() ||
           std::any_of(found.touched.begin(), found.touched.end(),
                       [](const edit::TouchedNode& touched) { return touched.node.valid(); });
}

QTreeWidget* makeTree(const QStringList& columns, const char* name, QWidget* parent)
{
    auto* tree = new QTreeWidget(parent);
    tree->setObjectName(name);
    tree->setHeaderLabels(columns);
    tree->setRootIsDecorated(false);
    tree->setUniformRowHeights(true);
    tree->setAlternatingRowColors(true);
    return tree;
}

} // namespace

CleanUpDialog::CleanUpDialog(MainWindow& window, const QString& tool)
    : QDialog(&window)
    , m_window(window)
    , m_model(window.document().model()->model)
    , m_tools(new QListWidget(this))
    , m_title(panels::plainLabel({}, this))
    , m_about(panels::plainLabel({}, this))
    , m_pages(new QStackedWidget(this))
{
    setObjectName(tool);
    setWindowTitle(tr("Clean up"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* right = new QVBoxLayout;
    QFont heading = m_title->font();
    heading.setBold(true);
    m_title->setFont(heading);
    m_about->setWordWrap(true);
    right->setSpacing(8);
    right->addWidget(m_title);
    right->addWidget(m_about);
    right->addWidget(m_pages);
    right->addWidget(makePreview(), 1);
    auto* columns = new QHBoxLayout;
    columns->setSpacing(16);
    columns->addWidget(m_tools);
    columns->addLayout(right, 1);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Apply | QDialogButtonBox::Close, this);
    m_apply = buttons->button(QDialogButtonBox::Apply);
    m_measure = buttons->addButton(tr("&Measure"), QDialogButtonBox::ActionRole);
    m_measure->setObjectName("measure");
    m_measure->setToolTip(tr("Run the model as it is and as it would be, in turns, on the same inputs"));
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(16, 16, 16, 12);
    all->setSpacing(12);
    all->addLayout(columns, 1);
    all->addWidget(buttons);
    resize(820, 640);

    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_apply, &QPushButton::clicked, this, &CleanUpDialog::apply);
    connect(m_measure, &QPushButton::clicked, this, &CleanUpDialog::measure);
    connect(&m_trial, &document::ModelTrial::progress, this, [this](int percent, const QString& text) {
        m_progress->setValue(percent);
        m_measured->setText(text);
    });
    connect(
        &m_trial, &document::ModelTrial::finished, this,
        [this](const std::shared_ptr<const document::ModelTrialResult>& result) { showMeasured(*result); });
    connect(&m_trial, &document::ModelTrial::failed, this, [this](const Error& error) {
        m_measured->setText(tr("It could not be measured: %1").arg(shown(error.text())));
        updateButtons();
    });
    // Answers that are still being typed are not worth a search each.
    m_soon.setSingleShot(true);
    m_soon.setInterval(200);
    connect(&m_soon, &QTimer::timeout, this, &CleanUpDialog::look);
    m_watch.setInterval(100);
    connect(&m_watch, &QTimer::timeout, this, [this] { m_progress->setValue(m_percent->load()); });
    // The edit is of the model as it was looked at.
    connect(&window.document(), &document::Document::graphsChanged, this, &QDialog::reject);
    makeTools(tool);
}

CleanUpDialog::~CleanUpDialog() = default;

void CleanUpDialog::makeTools(const QString& tool)
{
    m_tools->setObjectName("cleanUpTools");
    m_tools->setAccessibleName(tr("Tools"));
    m_tools->setFixedWidth(160);
    const std::set<NodeId> selected = panels::selectedNodes(m_window.document());
    for (const CleanUpTool& each : cleanUpTools()) {
        auto* item = new QListWidgetItem(each.title, m_tools);
        item->setData(Qt::UserRole, each.id);
        CleanUpPage* page = each.makePage(*m_model, selected, m_window.document(), this);
        m_pages->addWidget(page);
        connect(page, &CleanUpPage::changed, this, [this] {
            m_trial.cancel();
            m_found = {};
            m_measured->clear();
            updateButtons();
            m_soon.start();
        });
    }
    connect(m_tools, &QListWidget::currentRowChanged, this, [this](int row) {
        const CleanUpTool& chosen = cleanUpTools()[static_cast<std::size_t>(row)];
        m_title->setText(chosen.title);
        m_about->setText(chosen.about);
        // The page takes the height that it needs, not that of the tallest.
        for (int i = 0; i < m_pages->count(); ++i)
            m_pages->widget(i)->setSizePolicy(QSizePolicy::Preferred,
                                              i == row ? QSizePolicy::Preferred : QSizePolicy::Ignored);
        m_pages->setCurrentIndex(row);
        m_pages->setMaximumHeight(m_pages->currentWidget()->sizeHint().height());
        m_trial.cancel();
        m_measured->clear();
        look();
    });
    for (int row = 0; row < m_tools->count(); ++row)
        if (m_tools->item(row)->data(Qt::UserRole) == tool)
            m_tools->setCurrentRow(row);
    if (m_tools->currentRow() < 0)
        m_tools->setCurrentRow(0);
    m_tools->setFocus();
}

QWidget* CleanUpDialog::makePreview()
{
    auto* preview = new QWidget(this);
    m_summary = panels::plainLabel({}, preview);
    m_summary->setObjectName("cleanUpSummary");
    m_summary->setWordWrap(true);
    m_summary->setMinimumHeight(2 * fontMetrics().lineSpacing());
    m_summary->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_measured = panels::plainLabel({}, preview);
    m_measured->setObjectName("cleanUpMeasured");
    m_measured->setWordWrap(true);
    m_tabs = new QTabWidget(preview);
    m_operators =
        makeTree({tr("Operator"), tr("Before"), tr("After"), tr("Change")}, "cleanUpOperators", m_tabs);
    m_nodes = makeTree({tr("Node"), tr("Operator"), tr("What happens")}, "cleanUpNodes", m_tabs);
    m_notes = panels::plainLabel({}, m_tabs);
    m_notes->setWordWrap(true);
    m_notes->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_notes->setContentsMargins(8, 8, 8, 8);
    m_tabs->addTab(m_operators, tr("By operator"));
    m_tabs->addTab(m_nodes, tr("Nodes"));
    m_tabs->addTab(m_notes, tr("Notes"));
    m_progress = new QProgressBar(preview);
    m_progress->setTextVisible(false);
    m_progress->setMaximumHeight(6);
    // Keeps its place, so that nothing jumps when it goes.
    QSizePolicy policy = m_progress->sizePolicy();
    policy.setRetainSizeWhenHidden(true);
    m_progress->setSizePolicy(policy);
    auto* column = new QVBoxLayout(preview);
    column->setContentsMargins(0, 8, 0, 0);
    column->setSpacing(8);
    column->addWidget(m_summary);
    column->addWidget(m_progress);
    column->addWidget(m_tabs, 1);
    column->addWidget(m_measured);
    return preview;
}

CleanUpPage* CleanUpDialog::page() const { return static_cast<CleanUpPage*>(m_pages->currentWidget()); }

void CleanUpDialog::look()
{
    m_soon.stop();
    m_found = {};
    m_summary->setText(tr("Looking …"));
    m_percent = std::make_shared<std::atomic<int>>(0);
    m_progress->setValue(0);
    m_watch.start();
    m_task.submit(
        [model = m_model, work = page()->work(), percent = m_percent](std::stop_token stop) {
            return work(*model, [&](double done) {
                percent->store(static_cast<int>(100 * done));
                return !stop.stop_requested();
            });
        },
        [this](Result<edit::CleanUp> result) { show(std::move(result)); });
    updateButtons();
}

void CleanUpDialog::show(Result<edit::CleanUp> result)
{
    m_watch.stop();
    m_operators->clear();
    m_nodes->clear();
    m_notes->clear();
    if (!result.ok()) {
        m_found = {};
        m_summary->setText(tr("It cannot be done: %1").arg(shown(result.error().text(), 1500)));
        m_tabs->setVisible(false);
        updateButtons();
        return;
    }
    m_tabs->setVisible(true);
    m_found = result.releaseValue();
    QStringList notes;
    for (const std::string& note : m_found.notes)
        notes << shown(note);
    m_notes->setText(notes.join('\n'));
    m_tabs->setTabVisible(2, !notes.isEmpty());
    if (const bool isShown = isOfNodes(m_found); isShown != m_tabs->isTabVisible(0)) {
        m_tabs->setTabVisible(0, isShown);
        m_tabs->setCurrentIndex(isShown ? 0 : 1);
    }
    m_tabs->setTabText(
        1, (isOfNodes(m_found) ? tr("Nodes (%1)") : tr("Constants (%1)")).arg(m_found.touched.size()));
    showOperators();
    showNodes();
    if (!m_found.changes) {
        m_summary->setText(tr("There is nothing to do."));
        updateButtons();
        return;
    }
    if (!isOfNodes(m_found)) {
        m_summary->setText(tr("Constants, %1\nOutside of the model file %2 → %3")
                               .arg(bytes(m_found.afterwards.constantBytes),
                                    bytes(m_found.before.outsideBytes),
                                    bytes(m_found.afterwards.outsideBytes)));
        updateButtons();
        return;
    }
    QStringList operators;
    for (const OperatorChange& change : changesOf(m_found))
        if (change.change() != 0)
            operators << QString("%1 %2").arg(shown(change.op, 40), signedNumber(change.change()));
    if (operators.size() > mostOperatorsTold)
        operators = operators.mid(0, mostOperatorsTold) << "…";
    m_summary->setText(tr("%1 → %2 nodes%3\nConstants %4 → %5")
                           .arg(m_found.before.nodes)
                           .arg(m_found.afterwards.nodes)
                           .arg(operators.isEmpty() ? QString() : ": " + operators.join(", "),
                                bytes(m_found.before.constantBytes),
                                bytes(m_found.afterwards.constantBytes)));
    updateButtons();
}

void CleanUpDialog::showOperators()
{
    QList<QTreeWidgetItem*> rows;
    for (const OperatorChange& change : changesOf(m_found)) {
        auto* row = new QTreeWidgetItem({shown(change.op, 100), QString::number(change.before),
                                         QString::number(change.after),
                                         change.change() == 0 ? QString() : signedNumber(change.change())});
        for (int column : {1, 2, 3})
            row->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
        rows << row;
    }
    m_operators->addTopLevelItems(rows);
    m_operators->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_operators->header()->setStretchLastSection(false);
    for (int column : {1, 2, 3})
        m_operators->headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
}

void CleanUpDialog::showNodes()
{
    m_nodes->setHeaderLabels(isOfNodes(m_found)
                                 ? QStringList{tr("Node"), tr("Operator"), tr("What happens")}
                                 : QStringList{tr("Constant"), tr("Type"), tr("What happens")});
    QList<QTreeWidgetItem*> rows;
    for (const edit::TouchedNode& node : m_found.touched) {
        if (static_cast<std::size_t>(rows.size()) == mostNodesShown) {
            rows << new QTreeWidgetItem({tr("and %1 more").arg(m_found.touched.size() - mostNodesShown)});
            break;
        }
        rows << new QTreeWidgetItem({shown(node.name, 200), shown(node.opType, 100), shown(node.what, 300)});
    }
    m_nodes->addTopLevelItems(rows);
    m_nodes->setColumnWidth(0, 220);
    m_nodes->setColumnWidth(1, isOfNodes(m_found) ? 130 : 180);
}

void CleanUpDialog::measure()
{
    if (m_trial.isBusy()) {
        m_trial.cancel();
        m_measured->setText(tr("Not measured."));
        updateButtons();
        return;
    }
    m_progress->setValue(0);
    m_trial.start(m_model, m_found.after, 1, m_window.named().customOps);
    updateButtons();
}

void CleanUpDialog::showMeasured(const document::ModelTrialResult& result)
{
    const auto milliseconds = [](std::int64_t ns) {
        return QString::number(double(ns) / 1e6, 'f', 2) + " ms";
    };
    const auto percent = [](double ratio) {
        const double change = (ratio - 1) * 100;
        return (change < 0 ? "−" : "+") + QString::number(std::abs(change), 'f', 1);
    };
    QString time = tr("Time: %1 → %2, %3 % (%4 to %5), %6 runs of each")
                       .arg(milliseconds(result.before.medianNs()), milliseconds(result.after.medianNs()),
                            percent(result.ratio), percent(result.lowRatio), percent(result.highRatio))
                       .arg(result.after.durationsNs.size());
    if (result.isWithinNoise())
        time += tr("; within the noise");
    const QString outputs = result.isSameBits ? tr("Results: the same to the bit.")
                            : result.mismatches > 0
                                ? tr("Results: %1 elements are not comparable, at most %2 apart, cosine %3.")
                                      .arg(result.mismatches)
                                      .arg(result.maxAbsoluteError, 0, 'g', 3)
                                      .arg(result.cosine, 0, 'f', 6)
                                : tr("Results: at most %1 apart, cosine %2.")
                                      .arg(result.maxAbsoluteError, 0, 'g', 3)
                                      .arg(result.cosine, 0, 'f', 6);
    m_measured->setText(time + ".\n" +
                        tr("File: %1 → %2. Peak memory: %3 → %4.")
                            .arg(bytes(result.before.fileBytes), bytes(result.after.fileBytes),
                                 bytes(result.before.peakBytes), bytes(result.after.peakBytes)) +
                        "\n" + outputs);
    updateButtons();
}

void CleanUpDialog::apply()
{
    const edit::CleanUp found = m_found;
    disconnect(&m_window.document(), nullptr, this, nullptr);
    if (m_window.document().editor().apply(found.edit))
        accept();
    else
        reject();
}

void CleanUpDialog::updateButtons()
{
    const bool busy = m_task.busy() || m_soon.isActive();
    m_progress->setVisible(busy || m_trial.isBusy());
    m_apply->setEnabled(!busy && m_found.changes);
    m_measure->setEnabled(m_trial.isBusy() || (!busy && m_found.changes));
    m_measure->setText(m_trial.isBusy() ? tr("Stop &measuring") : tr("&Measure"));
    if (m_apply->isEnabled())
        m_apply->setDefault(true);
}

void openCleanUp(MainWindow& window, const QString& tool)
{
    if (window.document().model())
        (new CleanUpDialog(window, tool))->open();
}

} // namespace orrery::window
