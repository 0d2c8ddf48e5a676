// SPDX-License-Identifier: Apache-2.0
#include "views/panels/what_if_bar.h"

#include "engine/base/text.h"
#include "views/models/row_table_model.h"
#include "views/panels/empty_state.h"

#include <QKeyEvent>

namespace orrery::panels {
namespace {

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 60)); }

constexpr std::size_t mostBoxes = 6; // more would leave no room for what was asked

} // namespace

WhatIfBar::WhatIfBar(const theme::Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_dim(new QComboBox(this))
    , m_range(new QLineEdit(this))
    , m_others(new QWidget(this))
    , m_othersRow(new QHBoxLayout(m_others))
    , m_predict(new QPushButton(this))
    , m_measure(new QPushButton(tr("Measure"), this))
    , m_status(plainLabel({}, this))
{
    m_dim->setObjectName("whatIfDim");
    m_dim->setAccessibleName(tr("The dim that varies"));
    m_dim->setToolTip(tr("The dim that varies. A dim that has a number in the file goes by input:axis."));
    m_dim->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_dim->setMaximumWidth(220);
    m_range->setObjectName("whatIfRange");
    m_range->setAccessibleName(tr("Numbers for it"));
    m_range->setToolTip(tr("Numbers, with commas between them. A..B doubles from A to B: 1,2,4..64"));
    m_range->setMaximumWidth(170);
    m_range->setMinimumWidth(90);
    m_predict->setObjectName("whatIfPredict");
    m_predict->setToolTip(tr("Tell the peak of memory from shapes; nothing is run (Enter)"));
    m_measure->setObjectName("whatIfMeasure");
    m_measure->setToolTip(tr("Run each of these numbers once and mark what the run counted"));
    m_status->setObjectName("whatIfStatus");
    m_status->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_othersRow->setContentsMargins(0, 0, 0, 0);
    m_othersRow->setSpacing(6);

    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(8, 6, 8, 6);
    row->setSpacing(6);
    row->addWidget(m_dim);
    row->addWidget(plainLabel("=", this));
    row->addWidget(m_range);
    row->addWidget(m_others);
    row->addSpacing(6);
    row->addWidget(m_predict);
    row->addWidget(m_measure);
    row->addSpacing(6);
    row->addWidget(m_status, 1);

    connect(m_dim, qOverload<int>(&QComboBox::currentIndexChanged), this, [this] { dimChosen(); });
    connect(m_predict, &QPushButton::clicked, this, [this] {
        if (m_isBusy)
            emit cancelRequested();
        else
            emit predictRequested();
    });
    connect(m_measure, &QPushButton::clicked, this, &WhatIfBar::measureRequested);
    const QFontMetrics metrics = m_predict->fontMetrics();
    m_predict->setMinimumWidth(
        std::max(metrics.horizontalAdvance(tr("Predict")), metrics.horizontalAdvance(tr("Cancel"))) + 28);
    setBusy(false);
    setTheme(theme);
}

void WhatIfBar::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    m_status->setFont(theme.font(theme::FontRole::Small));
    setColor(m_status, theme.color(m_statusRole));
}

void WhatIfBar::say(const QString& text, theme::Role role)
{
    m_statusRole = role;
    m_status->setText(text);
    m_status->setToolTip(models::escapedToolTip(text));
    setColor(m_status, m_theme.color(role));
}

void WhatIfBar::setDims(std::vector<document::InputDim> dims,
                        const std::map<std::string, graph::Dims>& remembered)
{
    m_dims = std::move(dims);
    m_numbers.clear();
    for (const document::InputDim& dim : m_dims)
        if (dim.fixed < 0) {
            const auto known = remembered.find(dim.input);
            const bool isKnown = known != remembered.end() && dim.axis < known->second.size();
            m_numbers[dim.name] = isKnown ? known->second[dim.axis] : dim.guess;
        }
    const QSignalBlocker quiet(m_dim);
    m_dim->clear();
    for (const document::InputDim& dim : m_dims)
        m_dim->addItem(dim.fixed < 0 ? shown(dim.name)
                                     : tr("%1 (now %2)").arg(shown(dim.name)).arg(dim.fixed));
    dimChosen();
}

const document::InputDim* WhatIfBar::varied() const
{
    const int index = m_dim->currentIndex();
    return index >= 0 && index < int(m_dims.size()) ? &m_dims[std::size_t(index)] : nullptr;
}

void WhatIfBar::dimChosen()
{
    for (const auto& [name, box] : m_boxes)
        m_numbers[name] = box->value();
    m_boxes.clear();
    qDeleteAll(m_others->findChildren<QWidget*>(Qt::FindDirectChildrenOnly));
    const document::InputDim* dim = varied();
    m_range->setText(dim ? QString::fromStdString(dim->range) : QString());
    for (const document::InputDim& other : m_dims) {
        if (dim == nullptr || other.fixed >= 0 || other.name == dim->name || m_boxes.size() == mostBoxes)
            continue;
        auto* box = new QSpinBox(m_others);
        box->setObjectName("whatIf_" + QString::fromStdString(other.name));
        box->setRange(0, 1 << 30);
        box->setValue(int(std::clamp<std::int64_t>(m_numbers[other.name], 0, 1 << 30)));
        box->setAccessibleName(shown(other.name));
        box->setToolTip(models::escapedToolTip(tr("Number of %1 meanwhile").arg(shown(other.name))));
        box->setMinimumWidth(64);
        m_othersRow->addWidget(plainLabel(shown(other.name) + " =", m_others));
        m_othersRow->addWidget(box);
        m_boxes.emplace_back(other.name, box);
    }
    QWidget* before = m_range;
    for (const auto& [name, box] : m_boxes) {
        setTabOrder(before, box);
        before = box;
    }
    setTabOrder(before, m_predict);
    m_others->setVisible(!m_boxes.empty());
    m_others->updateGeometry();
}

Result<WhatIfQuestion> WhatIfBar::question() const
{
    const document::InputDim* dim = varied();
    if (dim == nullptr)
        return Error{ErrorCode::Usage, "there is no dim to vary", {}};
    WhatIfQuestion question;
    question.dim = dim->name;
    question.numbers = TRY(document::parseNumbers(m_range->text().toStdString()));
    if (dim->fixed >= 0)
        question.shapesAre = passes::InputShapes::Replacements;
    plan::DimValues values;
    for (const document::InputDim& other : m_dims)
        if (other.fixed < 0)
            values[other.name] = m_numbers.at(other.name);
    for (const auto& [name, box] : m_boxes)
        values[name] = box->value();
    for (const std::int64_t number : question.numbers) {
        values[dim->name] = number;
        question.points.push_back(values);
    }
    return question;
}

void WhatIfBar::setBusy(bool isBusy)
{
    m_isBusy = isBusy;
    m_predict->setText(isBusy ? tr("Cancel") : tr("Predict"));
    setCanMeasure(m_canMeasure);
}

void WhatIfBar::setCanMeasure(bool canMeasure)
{
    m_canMeasure = canMeasure;
    m_measure->setEnabled(canMeasure && !m_isBusy);
}

void WhatIfBar::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        if (auto* button = qobject_cast<QPushButton*>(focusWidget()); button && button->hasFocus())
            return button->click();
        return emit predictRequested(); // out of a field, which leaves it to its parent
    }
    QWidget::keyPressEvent(event);
}

} // namespace orrery::panels
