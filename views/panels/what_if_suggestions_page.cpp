// SPDX-License-Identifier: Apache-2.0
#include "views/panels/what_if_suggestions_page.h"

#include "engine/base/text.h"
#include "views/memory/byte_scale.h"

#include <QHBoxLayout>
#include <QResizeEvent>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace orrery::panels {
namespace {

using memory::bytesText;

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 1000)); }

QString duration(double ns) { return QString::fromStdString(formatDurationNs(std::int64_t(ns))); }

// "12.3 ms ± 0.2 ms": the median, and half the distance of the quartiles.
QString timeText(std::vector<std::int64_t> durations)
{
    if (durations.empty())
        return {};
    std::sort(durations.begin(), durations.end());
    const auto at = [&](double part) {
        return double(durations[std::size_t(part * double(durations.size() - 1) + 0.5)]);
    };
    return QString("%1 ± %2").arg(duration(at(0.5)), duration((at(0.75) - at(0.25)) / 2));
}

} // namespace

// Labels below each other, as high as their texts need where there is room, else to be scrolled.
class WhatIfSuggestionsPage::LabelStack : public QScrollArea {
public:
    explicit LabelStack(QWidget* parent)
        : QScrollArea(parent)
        , m_column(new QVBoxLayout)
    {
        setFrameShape(NoFrame);
        setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setWidgetResizable(true);
        setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
        setFocusPolicy(Qt::NoFocus);
        auto* content = new QWidget;
        m_column->setContentsMargins(0, 0, 0, 0);
        m_column->setSpacing(0);
        content->setLayout(m_column);
        setWidget(content);
    }

    void add(QLabel* label) { m_column->addWidget(label); }
    QSize sizeHint() const override { return {200, m_column->heightForWidth(viewport()->width())}; }
    QSize minimumSizeHint() const override { return {100, std::min(40, sizeHint().height())}; }

protected:
    void resizeEvent(QResizeEvent* event) override
    {
        QScrollArea::resizeEvent(event);
        if (event->size().width() != event->oldSize().width())
            updateGeometry();
    }

private:
    QVBoxLayout* m_column;
};

QString trialText(const document::Trial& trial)
{
    const auto tr = [](const char* text) { return WhatIfSuggestionsPage::tr(text); };
    QString text =
        tr("Measured: peak %1 → %2").arg(bytesText(trial.before.peakBytes), bytesText(trial.after.peakBytes));
    if (trial.before.peakBytes > 0) {
        const double percent = 100 * (double(trial.after.peakBytes) / double(trial.before.peakBytes) - 1);
        text += QString(" (%1%2 %)").arg(percent < 0 ? "−" : "+").arg(std::abs(percent), 0, 'f', 1);
    }
    text += tr(" · time %1 → %2").arg(timeText(trial.before.durationsNs), timeText(trial.after.durationsNs));
    if (trial.isSameBits)
        text += tr(" · results identical bit for bit");
    else if (trial.mismatches > 0)
        text +=
            tr(" · results differ: %1 elements are NaN or infinite on one side only").arg(trial.mismatches);
    else
        text += tr(" · results differ by at most %1").arg(trial.maxAbsoluteError, 0, 'g', 3);
    QStringList problems;
    for (const Problem& problem : trial.problems)
        problems << shown(problem.text);
    problems.removeDuplicates();
    for (const QString& problem : problems)
        text += "\n" + problem;
    return text;
}

WhatIfSuggestionsPage::WhatIfSuggestionsPage(const theme::Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_model(models::suggestionColumns(), [](const models::SuggestionRow& row) { return row.place; })
    , m_table(new TableView(this))
    , m_suggest(new QPushButton(tr("Suggest"), this))
    , m_apply(new QPushButton(tr("Apply"), this))
    , m_measure(new QPushButton(tr("Try it"), this))
    , m_about(plainLabel({}, this))
    , m_trial(plainLabel({}, this))
    , m_notes(plainLabel({}, this))
    , m_details(new LabelStack(this))
{
    m_table->setObjectName("whatIfSuggestions");
    m_table->setRowModel(&m_model);
    m_table->sortByColumn(0, Qt::DescendingOrder);
    m_table->setMinimumHeight(76);
    m_suggest->setObjectName("whatIfSuggest");
    m_suggest->setToolTip(tr("Plan the graph in other ways and tell which need less; nothing is run"));
    m_apply->setObjectName("whatIfApply");
    m_apply->setToolTip(tr("Keep it as a hint beside the model: for the graph here and for later runs. The "
                           "model file stays as it is."));
    m_measure->setObjectName("whatIfTry");
    m_measure->setToolTip(tr("Run with and without it on the same inputs: peak, time, and whether the "
                             "results are the same"));
    m_about->setObjectName("whatIfAbout");
    m_trial->setObjectName("whatIfTrial");
    m_notes->setObjectName("whatIfSuggestionNotes");
    auto* buttons = new QHBoxLayout;
    buttons->setContentsMargins(8, 6, 8, 6);
    buttons->setSpacing(6);
    for (QPushButton* button : {m_suggest, m_measure, m_apply})
        buttons->addWidget(button);
    buttons->addStretch(1);
    for (QLabel* label : {m_about, m_trial, m_notes}) {
        label->setWordWrap(true);
        label->setContentsMargins(8, 4, 8, 4);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        m_details->add(label);
    }
    m_stack = new ContentOrEmpty(m_table, this);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(buttons);
    all->addWidget(m_stack, 1);
    all->addWidget(m_details);
    connect(m_suggest, &QPushButton::clicked, this, &WhatIfSuggestionsPage::suggestRequested);
    connect(m_apply, &QPushButton::clicked, this, &WhatIfSuggestionsPage::applyRequested);
    connect(m_measure, &QPushButton::clicked, this, &WhatIfSuggestionsPage::measureRequested);
    connect(m_table, &TableView::rowChosen, this, [this] {
        if (const plan::Suggestion* suggestion = chosen(); suggestion && suggestion->node.valid())
            emit nodeChosen(suggestion->node);
        m_trial->clear();
        tellChosen();
        update();
    });
    setTheme(theme);
    setPoint({});
}

void WhatIfSuggestionsPage::setTheme(const theme::Theme& theme)
{
    m_table->setTheme(theme);
    m_stack->setTheme(theme);
    for (QLabel* label : {m_about, m_trial, m_notes})
        label->setFont(theme.font(theme::FontRole::Small));
    m_theme = theme;
    color();
}

// A style sheet gives widgets that were hidden meanwhile their old palette back when they are shown.
void WhatIfSuggestionsPage::color()
{
    setColor(m_about, m_theme.color(theme::Role::Text));
    setColor(m_trial, m_theme.color(theme::Role::Text));
    setColor(m_notes, m_theme.color(theme::Role::TextMuted));
}

void WhatIfSuggestionsPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    color();
}

void WhatIfSuggestionsPage::setPoint(const QString& point)
{
    m_point = point;
    m_found.reset();
    m_model.setRows({});
    m_about->clear();
    m_trial->clear();
    m_notes->clear();
    update();
}

void WhatIfSuggestionsPage::show(std::shared_ptr<const plan::Suggestions> found)
{
    m_found = std::move(found);
    m_trial->clear();
    std::vector<models::SuggestionRow> rows;
    const std::int64_t now = m_found->now.liveBytes;
    for (const plan::Suggestion& suggestion : m_found->list) {
        models::SuggestionRow row;
        row.place = rows.size();
        row.text = shown(suggestion.text);
        row.cost = suggestion.cost.empty() ? QString("–") : shown(suggestion.cost);
        row.results = suggestion.sameBits ? tr("same bits") : tr("may change");
        row.savedBytes = now - suggestion.peakBytes;
        row.peakBytes = suggestion.peakBytes;
        row.savedPercent = now > 0 ? 100 * double(row.savedBytes) / double(now) : 0;
        rows.push_back(std::move(row));
    }
    m_model.setRows(std::move(rows));
    QStringList notes;
    for (const std::string& note : m_found->notes)
        notes << shown(note);
    m_notes->setText(notes.join('\n'));
    m_table->showRow(m_model.rowCount() > 0 ? 0 : -1);
    tellChosen();
    update();
}

void WhatIfSuggestionsPage::tellChosen()
{
    const plan::Suggestion* suggestion = chosen();
    QString text = suggestion ? shown(suggestion->text) : QString();
    if (suggestion && !suggestion->cost.empty())
        text += tr(" · cost: %1").arg(shown(suggestion->cost));
    m_about->setText(text);
}

void WhatIfSuggestionsPage::show(const document::Trial& trial)
{
    m_trial->setText(trialText(trial));
    update();
}

void WhatIfSuggestionsPage::setBusy(bool isBusy)
{
    m_isBusy = isBusy;
    update();
}

void WhatIfSuggestionsPage::setCanApply(bool canApply)
{
    m_canApply = canApply;
    update();
}

const plan::Suggestion* WhatIfSuggestionsPage::chosen() const
{
    const int row = m_table->currentIndex().row();
    return m_found && row >= 0 && row < m_model.rowCount() ? &m_found->list[m_model.row(row).place] : nullptr;
}

void WhatIfSuggestionsPage::update()
{
    const bool isChosen = chosen() != nullptr;
    m_suggest->setEnabled(!m_isBusy && !m_point.isEmpty());
    m_apply->setEnabled(!m_isBusy && isChosen && m_canApply);
    m_measure->setEnabled(!m_isBusy && isChosen);
    m_about->setVisible(!m_about->text().isEmpty());
    m_trial->setVisible(!m_trial->text().isEmpty());
    m_notes->setVisible(!m_notes->text().isEmpty());
    m_details->updateGeometry();
    color();
    if (m_model.totalRows() > 0)
        m_stack->showContent();
    else if (m_point.isEmpty())
        m_stack->showEmpty(tr("Nothing is chosen"), tr("Predict first, and choose a point of the curve."));
    else if (m_found)
        m_stack->showEmpty(tr("Nothing saves memory for %1").arg(m_point), {});
    else
        m_stack->showEmpty(tr("How could %1 need less?").arg(m_point),
                           tr("Suggest looks for another order, for results that can be computed again, held "
                              "narrower or made slice by slice. Each is planned before it is told."));
}

} // namespace orrery::panels
