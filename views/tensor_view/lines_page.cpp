// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/lines_page.h"

#include <QBoxLayout>
#include <QCoreApplication>

namespace orrery::tensor_view {

LinesPage::LinesPage(QWidget* parent)
    : QWidget(parent)
    , m_lines(new LinesView(this))
    , m_controls(new QWidget(this))
    , m_first(new QSpinBox(m_controls))
    , m_count(new QLabel(m_controls))
{
    m_first->setAccessibleName(QCoreApplication::translate("LinesPage", "First row that is drawn"));
    auto* controls = new QHBoxLayout(m_controls);
    controls->setContentsMargins(0, 0, 0, 0);
    auto* from = new QLabel(QCoreApplication::translate("LinesPage", "Rows from"), m_controls);
    for (QLabel* label : {from, m_count})
        label->setTextFormat(Qt::PlainText);
    controls->addWidget(from);
    controls->addWidget(m_first);
    controls->addWidget(m_count);
    controls->addStretch();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 6);
    column->setSpacing(6);
    column->addWidget(m_controls);
    column->addWidget(m_lines, 1);
    QObject::connect(m_first, &QSpinBox::valueChanged, m_lines,
                     [this](int row) { m_lines->setFirstLine(row); });
}

void LinesPage::setContent(SubjectPointer subject, const SliceView& slice)
{
    m_lines->setContent(std::move(subject), slice);
    const std::int64_t lines = m_lines->lineCount();
    m_controls->setVisible(lines > LinesView::mostLines);
    m_first->setMaximum(int(std::min<std::int64_t>(std::max<std::int64_t>(0, lines - 1), 1'000'000'000)));
    m_count->setText(QCoreApplication::translate("LinesPage", "of %L1, %2 at a time")
                         .arg(lines)
                         .arg(LinesView::mostLines));
}

} // namespace orrery::tensor_view
