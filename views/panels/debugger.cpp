// SPDX-License-Identifier: Apache-2.0
//
// Where a debugging session is: in words, on a slider over the run, as a stack of bodies; its branches and
// what its history costs. When a node does not come back or ended the runner, what can be done about it.
#include "views/models/tables.h"
#include "views/panels/debug_words.h"
#include "views/panels/empty_state.h"
#include "views/panels/panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QSlider>
#include <QSpinBox>
#include <QTimer>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

using document::DebugController;
using Phase = DebugController::Phase;

constexpr int patienceMs = 3000; // after which a node that does not come back can be ended here

class DebuggerPanel final : public Panel {
public:
    DebuggerPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
    {
        auto* content = new QWidget(this);
        auto* column = new QVBoxLayout(content);
        column->setContentsMargins(12, 10, 12, 10);
        column->setSpacing(8);
        m_where = plainLabel({}, content);
        m_why = plainLabel({}, content);
        for (QLabel* label : {m_where, m_why}) {
            label->setWordWrap(true);
            label->setTextInteractionFlags(Qt::TextSelectableByMouse);
            column->addWidget(label);
        }
        m_remedy = new QPushButton(content);
        m_remedy->setObjectName("debuggerRemedy");
        column->addWidget(m_remedy, 0, Qt::AlignLeft);
        makePosition(column);
        makeStack(column);
        makeBranches(column);
        makeHistory(column);
        m_isolation = plainLabel({}, content);
        m_isolation->setWordWrap(true);
        column->addWidget(m_isolation);
        column->addStretch(1);

        auto* scroll = new QScrollArea(this);
        scroll->setFrameShape(QFrame::NoFrame);
        scroll->setWidgetResizable(true);
        scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        scroll->setWidget(content);
        m_stack = new ContentOrEmpty(scroll, this);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);

        connect(&debugger(), &DebugController::stateChanged, this, &DebuggerPanel::refresh);
        connect(&debugger(), &DebugController::phaseChanged, this, &DebuggerPanel::refresh);
        connect(&document, &document::Document::contentChanged, this, &DebuggerPanel::refresh);
        connect(m_remedy, &QPushButton::clicked, this, [this] {
            if (debugger().phase() == Phase::Dead)
                debugger().revive();
            else
                debugger().kill();
        });
        connect(&m_watchdog, &QTimer::timeout, this, &DebuggerPanel::refresh);
        m_watchdog.setInterval(500);
        themeChanged();
        refresh();
    }

private:
    DebugController& debugger() const { return document().debugger(); }

    QLabel* heading(QVBoxLayout* column, const QString& text)
    {
        QLabel* label = plainLabel(text, this);
        m_headings.push_back(label);
        column->addSpacing(4);
        column->addWidget(label);
        return label;
    }

    void makePosition(QVBoxLayout* column)
    {
        m_positionHeading = heading(column, {});
        m_position = new QSlider(Qt::Horizontal, this);
        m_position->setObjectName("debuggerPosition");
        m_position->setToolTip(tr("Drag to go to another moment of the run"));
        m_position->setTracking(false);
        column->addWidget(m_position);
        connect(m_position, &QSlider::valueChanged, this, [this](int value) {
            const auto state = debugger().state();
            if (!state || std::uint64_t(value) == state->position)
                return;
            debug::Movement movement;
            movement.goal = debug::Goal::Position;
            movement.position = std::uint64_t(value);
            debugger().go(movement);
        });
    }

    void makeStack(QVBoxLayout* column)
    {
        m_stackHeading = heading(column, tr("Call stack"));
        m_frames = new QListWidget(this);
        m_frames->setObjectName("debuggerStack");
        m_frames->setUniformItemSizes(true);
        m_frames->setToolTip(tr("The bodies that are being carried out, innermost first"));
        column->addWidget(m_frames);
        connect(m_frames, &QListWidget::itemActivated, this, [this](QListWidgetItem* item) {
            const NodeId node(std::size_t(item->data(Qt::UserRole).toUInt()));
            focus().select(debugger().stage(), node.value);
        });
    }

    void makeBranches(QVBoxLayout* column)
    {
        m_branchHeading = heading(column, tr("Branch"));
        m_branches = new QComboBox(this);
        m_branches->setObjectName("debuggerBranches");
        m_branches->setToolTip(tr("The original run and what changes made of it"));
        column->addWidget(m_branches);
        m_rerun = new QPushButton(tr("Show what the change does to the outputs"), this);
        m_rerun->setObjectName("debuggerRerun");
        m_rerun->setToolTip(tr("Computes to the end what depends on the change, and compares"));
        column->addWidget(m_rerun, 0, Qt::AlignLeft);
        m_outputs = plainLabel({}, this);
        m_outputs->setWordWrap(true);
        m_outputs->setTextInteractionFlags(Qt::TextSelectableByMouse);
        column->addWidget(m_outputs);
        connect(m_branches, &QComboBox::activated, this, [this](int index) {
            debugger().choose(BranchId(std::size_t(m_branches->itemData(index).toUInt())));
        });
        connect(m_rerun, &QPushButton::clicked, this, [this] { debugger().rerun(); });
        connect(&debugger(), &DebugController::rerunDone, this,
                [this](const std::shared_ptr<const debug::RerunReport>& report) {
                    m_outputs->setText(rerunText(*report, *debugger().graph()));
                    m_outputs->show();
                });
    }

    void makeHistory(QVBoxLayout* column)
    {
        heading(column, tr("History"));
        auto* row = new QHBoxLayout();
        m_history = plainLabel({}, this);
        row->addWidget(m_history, 1);
        m_budget = new QSpinBox(this);
        m_budget->setObjectName("debuggerBudget");
        m_budget->setRange(1, 1 << 20);
        m_budget->setSuffix(tr(" MiB"));
        m_budget->setKeyboardTracking(false);
        m_budget->setToolTip(tr("Memory for going back; what does not fit is computed again"));
        row->addWidget(m_budget);
        column->addLayout(row);
        connect(m_budget, &QSpinBox::valueChanged, this,
                [this](int megabytes) { debugger().setHistoryBudget(std::int64_t(megabytes) << 20); });
    }

    void refresh()
    {
        const Phase phase = debugger().phase();
        const auto state = debugger().state();
        if (phase == Phase::Off || phase == Phase::Starting || !state) {
            m_watchdog.stop();
            m_stack->showEmpty(
                phase == Phase::Starting ? tr("Starting …") : tr("Not debugging"),
                phase == Phase::Starting ? tr("The model is read in a process of its own.")
                : !document().model()
                    ? tr("Open a model, then step through it with F10 or run it with F5.")
                    : tr("F10 starts at the first node, F5 runs to the first breakpoint. Both work "
                         "backwards with Shift."));
            return;
        }
        m_stack->showContent();
        phase == Phase::Moving ? m_watchdog.start() : m_watchdog.stop();
        const bool stuck = phase == Phase::Moving && debugger().movingForMs() > patienceMs;
        m_where->setText(whereText(debugger()));
        m_why->setText(stuck ? stuckText(debugger()) : whyText(debugger()));
        m_why->setVisible(!m_why->text().isEmpty());
        const bool bad = phase == Phase::Dead || state->reason == debug::StopReason::Failed;
        setColor(m_why, theme().color(bad ? theme::Role::Error : theme::Role::TextMuted));
        m_remedy->setVisible(stuck || phase == Phase::Dead);
        m_remedy->setText(phase == Phase::Dead ? tr("Restart just before it") : tr("End the runner"));
        if (phase == Phase::Moving && !stuck)
            return; // the rest stays as it was until the next stop

        const QSignalBlocker positionBlocked(m_position), budgetBlocked(m_budget);
        m_position->setRange(0, int(std::min<std::uint64_t>(state->lastPosition, 1u << 30)));
        m_position->setValue(int(std::min<std::uint64_t>(state->position, 1u << 30)));
        m_position->setEnabled(phase == Phase::Paused);
        m_positionHeading->setText(positionText(*state));
        showStack(*state);
        showBranches(*state);
        m_history->setText(historyText(state->history));
        m_budget->setValue(int(state->history.budgetBytes >> 20));
        m_isolation->setText(isolationText(debugger().isolation()));
    }

    void showStack(const debug::DebugState& state)
    {
        const bool nested = state.stack.size() > 1;
        m_stackHeading->setVisible(nested);
        m_frames->setVisible(nested);
        m_frames->clear();
        for (auto frame = state.stack.rbegin(); frame != state.stack.rend(); ++frame) {
            auto* item = new QListWidgetItem(frameText(*frame, *debugger().graph()), m_frames);
            const NodeId node = frame == state.stack.rbegin() ? state.next : (frame - 1)->entered;
            item->setData(Qt::UserRole, uint(node.value));
        }
        const int row = m_frames->sizeHintForRow(0);
        m_frames->setFixedHeight(std::min(8, m_frames->count()) * std::max(row, 18) + 6);
    }

    void showBranches(const debug::DebugState& state)
    {
        const bool several = state.branches.size() > 1;
        for (QWidget* widget : std::initializer_list<QWidget*>{m_branchHeading, m_branches})
            widget->setVisible(several);
        m_rerun->setVisible(several && state.branch != BranchId(0));
        if (state.branch != m_outputsOf) {
            m_outputsOf = state.branch;
            m_outputs->clear();
            m_outputs->hide();
        }
        m_branches->clear();
        for (const debug::Branch& branch : state.branches) {
            m_branches->addItem(branchText(branch), uint(branch.id.value));
            if (branch.id == state.branch)
                m_branches->setCurrentIndex(m_branches->count() - 1);
        }
    }

    void themeChanged() override
    {
        m_stack->setTheme(theme());
        m_where->setFont(theme().font(theme::FontRole::Heading));
        for (QLabel* label : m_headings) {
            label->setFont(theme().font(theme::FontRole::Small));
            setColor(label, theme().color(theme::Role::TextMuted));
        }
        m_isolation->setFont(theme().font(theme::FontRole::Small));
        setColor(m_isolation, theme().color(theme::Role::TextMuted));
        refresh();
    }

    ContentOrEmpty* m_stack;
    QLabel *m_where, *m_why, *m_history, *m_isolation, *m_stackHeading, *m_branchHeading, *m_outputs,
        *m_positionHeading;
    std::vector<QLabel*> m_headings;
    QPushButton *m_remedy, *m_rerun;
    QSlider* m_position;
    QListWidget* m_frames;
    QComboBox* m_branches;
    QSpinBox* m_budget;
    BranchId m_outputsOf{0};
    QTimer m_watchdog;
};

} // namespace

PanelSpec debugger()
{
    return {
        .id = "debugger",
        .title = "Debugger",
        .toolTip = "Where the execution is, and how it got there",
        .area = Area::Right,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new DebuggerPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
