// SPDX-License-Identifier: Apache-2.0
//
// What the model would need with other numbers for the dims of its inputs: the predicted peak as a curve,
// what is alive at each peak, how it could be lower, and what runs say to that. Questions go to a session of
// their own; the hints in force are the Document's.
#include "engine/base/text.h"
#include "views/document/other_session.h"
#include "views/memory/peak_plot.h"
#include "views/panels/panel.h"
#include "views/panels/what_if_bar.h"
#include "views/panels/what_if_curve.h"
#include "views/panels/what_if_hints_page.h"
#include "views/panels/what_if_peak_page.h"
#include "views/panels/what_if_suggestions_page.h"

#include <QKeyEvent>
#include <QSplitter>
#include <QTabBar>
#include <QVBoxLayout>

#include <unistd.h>

namespace orrery::panels {
namespace {

using document::WhatIf;

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 400)); }

std::int64_t machineBytes()
{
    const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGE_SIZE);
    return pages > 0 && size > 0 ? std::int64_t(pages) * size : 0;
}

class WhatIfPanel final : public Panel {
public:
    WhatIfPanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
    {
        auto* content = new QWidget(this);
        m_bar = new WhatIfBar(theme, content);
        m_plot = new memory::PeakPlot(theme, content);
        m_plot->setMachineBytes(machineBytes());
        m_plotStack = new ContentOrEmpty(m_plot, content);
        m_tabs = new QTabBar;
        m_tabs->setObjectName("whatIfViews");
        m_tabs->setDocumentMode(true);
        m_tabs->setDrawBase(false);
        m_tabs->setExpanding(false);
        m_pages = new QStackedWidget;
        m_peak = new WhatIfPeakPage(theme, m_pages);
        m_suggestions = new WhatIfSuggestionsPage(theme, m_pages);
        m_hintsPage = new WhatIfHintsPage(theme, m_pages);
        addPage(m_peak, tr("Alive at the peak"), tr("What is held when most is, and for whom"));
        addPage(m_suggestions, tr("Suggestions"), tr("How the peak could be lower"));
        addPage(m_hintsPage, tr("Hints"), tr("What was applied, and taking it back"));
        auto* right = new QWidget;
        auto* rightColumn = new QVBoxLayout(right);
        rightColumn->setContentsMargins(0, 0, 0, 0);
        rightColumn->setSpacing(0);
        rightColumn->addWidget(m_tabs);
        rightColumn->addWidget(m_pages, 1);
        auto* splitter = new QSplitter(Qt::Horizontal);
        splitter->addWidget(m_plotStack);
        splitter->addWidget(right);
        splitter->setChildrenCollapsible(false);
        splitter->setStretchFactor(0, 3);
        splitter->setStretchFactor(1, 4);
        splitter->setSizes({430, 570});
        auto* column = new QVBoxLayout(content);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        column->addWidget(m_bar);
        column->addWidget(splitter, 1);
        m_stack = new ContentOrEmpty(content, this);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->addWidget(m_stack);
        connectViews();
        connectAnswers();
        connectDocument();
        themeChanged();
        modelChanged();
    }

    bool isIdle() const override { return !m_whatIf.isBusy(); }

protected:
    void keyPressEvent(QKeyEvent* event) override
    {
        if (event->key() == Qt::Key_Escape && m_whatIf.isBusy())
            return cancel();
        Panel::keyPressEvent(event);
    }

private:
    enum class Work : std::uint8_t { None, Predict, Measure, Suggest, Try };

    void addPage(QWidget* page, const QString& title, const QString& toolTip)
    {
        m_tabs->setTabToolTip(m_tabs->addTab(title), toolTip);
        m_pages->addWidget(page);
    }

    void connectViews()
    {
        connect(m_tabs, &QTabBar::currentChanged, m_pages, &QStackedWidget::setCurrentIndex);
        connect(m_bar, &WhatIfBar::predictRequested, this, [this] { predict(); });
        connect(m_bar, &WhatIfBar::measureRequested, this, [this] { measure(); });
        connect(m_bar, &WhatIfBar::cancelRequested, this, [this] { cancel(); });
        connect(m_plot, &memory::PeakPlot::chosen, this, [this](int point) { choose(point); });
        connect(m_peak, &WhatIfPeakPage::nodeChosen, this, [this](NodeId node) { showNode(node); });
        connect(m_peak, &WhatIfPeakPage::valueChosen, this, [this](ValueId value) { showInput(value); });
        connect(m_suggestions, &WhatIfSuggestionsPage::nodeChosen, this,
                [this](NodeId node) { showNode(node); });
        connect(m_suggestions, &WhatIfSuggestionsPage::suggestRequested, this, [this] {
            if (hasChosen()) {
                begin(Work::Suggest);
                m_whatIf.suggest(m_curve.inputs(m_chosen));
            }
        });
        connect(m_suggestions, &WhatIfSuggestionsPage::measureRequested, this, [this] {
            if (const plan::Suggestion* suggestion = m_suggestions->chosen(); suggestion && hasChosen()) {
                begin(Work::Try);
                m_whatIf.tryHints(suggestion->hints, m_curve.inputs(m_chosen));
            }
        });
        connect(m_suggestions, &WhatIfSuggestionsPage::applyRequested, this, [this] {
            if (const plan::Suggestion* suggestion = m_suggestions->chosen()) {
                passes::PlanHints hints = document().planHints();
                hints.add(suggestion->hints);
                setHints(hints);
            }
        });
        connect(m_hintsPage, &WhatIfHintsPage::hintsChanged, this,
                [this](const passes::PlanHints& hints) { setHints(hints); });
    }

    void connectAnswers()
    {
        connect(&m_whatIf, &WhatIf::progress, this, [this](const QString& text) { m_bar->say(text); });
        connect(&m_whatIf, &WhatIf::predicted, this, [this](int index, const WhatIfCurve::Point& point) {
            m_curve.setPoint(index, point);
            showCurve();
        });
        connect(&m_whatIf, &WhatIf::measured, this, [this](int index, qint64 bytes, const QString& error) {
            const std::size_t point = m_runs.points[std::size_t(index)];
            m_curve.setMeasured(point, bytes);
            if (!error.isEmpty())
                m_runs.refused << QString("%1: %2").arg(m_curve.text(int(point)), shown(error.toStdString()));
            showCurve();
        });
        connect(
            &m_whatIf, &WhatIf::suggested, this,
            [this](const std::shared_ptr<const plan::Suggestions>& found) { m_suggestions->show(found); });
        connect(&m_whatIf, &WhatIf::tried, this,
                [this](const std::shared_ptr<const document::Trial>& trial) { m_suggestions->show(*trial); });
        connect(&m_whatIf, &WhatIf::finished, this, [this] { finished(); });
        connect(&m_whatIf, &WhatIf::failed, this, [this](const Error& error) { failed(error); });
    }

    void connectDocument()
    {
        // Later, when the window has said which settings it remembers for the model.
        connect(
            &document(), &document::Document::contentChanged, this, [this] { modelChanged(); },
            Qt::QueuedConnection);
        connect(
            &document().editor(), &document::Editor::edited, this, [this] { modelChanged(); },
            Qt::QueuedConnection);
        connect(&document(), &document::Document::activityChanged, this, [this] { update(); });
        connect(&document(), &document::Document::planHintsChanged, this, [this] { hintsChanged(); });
    }

    // Questions

    void modelChanged()
    {
        const auto model = document().model();
        if (model == m_model && model)
            return;
        m_model = model;
        forgetSession();
        setCurve({});
        m_plot->setEarlier({}, {});
        m_bar->setDims(model ? document::inputDims(*model->dataflow) : std::vector<document::InputDim>(),
                       document().debugger().settings().inputShapes);
        m_bar->say({});
        m_error.clear();
        showHints();
        showCurve();
    }

    void forgetSession()
    {
        m_whatIf.setModel({}, {});
        m_isOpen = false;
        m_work = Work::None;
        m_bar->setBusy(false);
        m_suggestions->setBusy(false);
    }

    void begin(Work work)
    {
        if (!m_isOpen) {
            document::WhatIfSettings settings;
            settings.hints = document().planHints();
            settings.threads = document().debugger().settings().threads;
            settings.customOps = document().debugger().settings().customOps;
            m_whatIf.setModel(document().source(), settings);
            m_isOpen = true;
        }
        m_work = work;
        m_error.clear();
        m_bar->setBusy(true);
        m_suggestions->setBusy(true);
    }

    void predict()
    {
        if (!m_model)
            return;
        auto question = m_bar->question();
        if (!question.ok())
            return m_bar->say(shown(question.error().text()), theme::Role::Error);
        m_plot->setEarlier({}, {});
        ask(question.releaseValue());
    }

    void ask(WhatIfQuestion question)
    {
        m_wanted = hasChosen() ? m_curve.question().numbers[std::size_t(m_chosen)] : -1;
        setCurve(WhatIfCurve(std::move(question)));
        begin(Work::Predict);
        showCurve();
        m_whatIf.predict(m_curve.allInputs());
    }

    void measure()
    {
        m_runs = m_curve.runs(machineBytes());
        m_curve.clearMeasured();
        begin(Work::Measure);
        showCurve();
        m_whatIf.measure(m_runs.inputs);
    }

    void cancel()
    {
        m_whatIf.cancel();
        m_work = Work::None;
        m_bar->setBusy(false);
        m_suggestions->setBusy(false);
        m_bar->say(tr("Cancelled"));
        if (!hasChosen())
            choose(m_curve.best(m_wanted));
        showCurve();
    }

    // Answers

    void finished()
    {
        const Work work = std::exchange(m_work, Work::None);
        m_bar->setBusy(false);
        m_suggestions->setBusy(false);
        if (work == Work::Predict) {
            const int best = m_curve.best(m_wanted);
            choose(best >= 0 ? best : 0);
            m_bar->say(m_curve.predictedText());
        } else if (work == Work::Measure && !m_runs.refused.isEmpty()) {
            m_bar->say(m_runs.refused.join(" · "), theme::Role::Error);
        } else {
            m_bar->say(work == Work::Measure ? m_curve.measuredText() : QString());
        }
        showCurve();
    }

    void failed(const Error& error)
    {
        m_work = Work::None;
        m_bar->setBusy(false);
        m_suggestions->setBusy(false);
        m_error = shown(error.text());
        m_bar->say(m_error, theme::Role::Error);
        showCurve();
    }

    // What is shown

    void setCurve(WhatIfCurve curve)
    {
        m_curve = std::move(curve);
        m_runs = {};
        choose(-1);
    }

    bool hasChosen() const { return m_curve.point(m_chosen) != nullptr; }

    void choose(int point)
    {
        m_chosen = point;
        m_plot->select(point);
        const protocol::PredictedPoint* chosen = m_curve.point(point);
        if (chosen == nullptr)
            m_peak->show({}, nullptr, nullptr);
        else if (chosen->error)
            m_peak->showError(m_curve.text(point), shown(chosen->error->text()));
        else
            m_peak->show(m_curve.text(point), &chosen->peak, m_curve.graph(point));
        m_suggestions->setPoint(chosen == nullptr || chosen->error ? QString() : m_curve.text(point));
    }

    void showCurve()
    {
        m_plot->setPoints(m_curve.picture(), m_curve.dim(), m_curve.weightBytes());
        m_plot->select(m_chosen);
        update();
    }

    void update()
    {
        const bool isQuiet = document().activity() == document::Activity::None;
        m_suggestions->setCanApply(isQuiet);
        m_hintsPage->setCanChange(isQuiet && !m_whatIf.isBusy());
        m_bar->setCanMeasure(m_curve.best(-1) >= 0);
        const auto dims =
            m_model ? document::inputDims(*m_model->dataflow) : std::vector<document::InputDim>();
        if (!m_model && document().activity() == document::Activity::Loading)
            return m_stack->showEmpty(tr("Reading …"), tr("The model is being read."));
        if (!m_model && document().content() == document::Content::Trace)
            return m_stack->showEmpty(tr("No model is open"),
                                      tr("A recording cannot be asked. Open the model that it is of."));
        if (!m_model)
            return m_stack->showEmpty(tr("No model is open"),
                                      tr("Open a model to see what it needs with other batch sizes and "
                                         "lengths, before anything runs."));
        if (dims.empty())
            return m_stack->showEmpty(tr("Nothing to vary"), tr("The inputs of this model have no dims."));
        m_stack->showContent();
        if (!m_plot->points().empty())
            return m_plotStack->showContent();
        if (m_work == Work::Predict)
            return m_plotStack->showEmpty(tr("Predicting …"), tr("Escape cancels."));
        if (!m_error.isEmpty())
            return m_plotStack->showEmpty(tr("No prediction"), m_error);
        if (dims.front().fixed >= 0)
            return m_plotStack->showEmpty(
                tr("All dims are fixed: %1").arg(shown(document::inputShapesText(*m_model->dataflow))),
                tr("A fixed dim can be varied all the same: “%1” is the first dim of %2.")
                    .arg(shown(dims.front().name), shown(dims.front().input)));
        m_plotStack->showEmpty(tr("Not predicted yet"),
                               tr("Choose a dim and numbers for it, then press Enter. Nothing is run."));
    }

    void themeChanged() override
    {
        m_stack->setTheme(theme());
        m_plotStack->setTheme(theme());
        m_bar->setTheme(theme());
        m_plot->setTheme(theme());
        m_peak->setTheme(theme());
        m_suggestions->setTheme(theme());
        m_hintsPage->setTheme(theme());
    }

    // Hints

    void setHints(const passes::PlanHints& hints)
    {
        if (const auto kept = document().setPlanHints(hints); !kept.ok())
            m_bar->say(shown(kept.error().text()), theme::Role::Error);
    }

    void hintsChanged()
    {
        showHints();
        if (!m_model || !m_isOpen)
            return;
        auto before = m_curve.picture();
        forgetSession();
        if (m_curve.count() == 0)
            return;
        m_plot->setEarlier(std::move(before), tr("before the change"));
        ask(WhatIfQuestion(m_curve.question()));
    }

    void showHints()
    {
        const passes::PlanHints& hints = document().planHints();
        m_hintsPage->setHints(hints);
        const std::size_t count = hintCount(hints);
        m_tabs->setTabText(2, count == 0 ? tr("Hints") : tr("Hints (%1)").arg(count));
    }

    // The graph

    void show(const document::CurrentNode& found)
    {
        if (found.valid())
            focus().select(found.stage, found.key);
    }

    void showNode(NodeId node)
    {
        if (const auto graph = m_curve.graph(m_chosen))
            show(document::nodeFrom(document(), *graph, node));
    }

    void showInput(ValueId value)
    {
        if (const auto graph = m_curve.graph(m_chosen))
            show(document::inputFrom(document(), *graph, value));
    }

    ContentOrEmpty* m_stack;
    ContentOrEmpty* m_plotStack;
    WhatIfBar* m_bar;
    memory::PeakPlot* m_plot;
    QTabBar* m_tabs;
    QStackedWidget* m_pages;
    WhatIfPeakPage* m_peak;
    WhatIfSuggestionsPage* m_suggestions;
    WhatIfHintsPage* m_hintsPage;
    std::shared_ptr<const document::LoadedModel> m_model;
    WhatIfCurve m_curve;
    WhatIfCurve::Runs m_runs; // that are, or were, measured
    QString m_error;
    int m_chosen = -1;
    std::int64_t m_wanted = -1; // the number that was chosen before this question
    Work m_work = Work::None;
    bool m_isOpen = false;
    WhatIf m_whatIf; // last: its thread ends first
};

} // namespace

PanelSpec what_if()
{
    return {
        .id = "what_if",
        .title = "What if",
        .toolTip = "What the model needs with other batch sizes and lengths, and how it could need less",
        .area = Area::Bottom,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new WhatIfPanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
