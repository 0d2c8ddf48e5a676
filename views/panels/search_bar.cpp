// SPDX-License-Identifier: Apache-2.0
#include "views/panels/search_bar.h"

#include "views/panels/empty_state.h"
#include "views/projections/search.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QToolButton>

namespace orrery::panels {
namespace {

QToolButton* button(const QString& text, const QString& toolTip, QWidget* parent)
{
    auto* result = new QToolButton(parent);
    result->setText(text);
    result->setToolTip(toolTip);
    result->setAccessibleName(toolTip);
    result->setAutoRaise(true);
    result->setFocusPolicy(Qt::NoFocus);
    return result;
}

} // namespace

SearchBar::SearchBar(QWidget* parent)
    : QFrame(parent)
    , m_field(new QLineEdit(this))
    , m_count(plainLabel({}, this))
    , m_previous(button("↑", tr("Previous (Shift+Return)"), this))
    , m_next(button("↓", tr("Next (Return)"), this))
    , m_close(button("×", tr("Close (Esc)"), this))
{
    setObjectName("searchBar");
    setAutoFillBackground(true);
    m_field->setPlaceholderText(tr("Find: name, type:Conv, shape:1x64, attr:stride"));
    m_field->setMinimumWidth(330);
    m_count->setMinimumWidth(74);
    m_count->setAlignment(Qt::AlignCenter);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(8, 6, 6, 6);
    row->setSpacing(2);
    row->addWidget(m_field);
    row->addSpacing(4);
    row->addWidget(m_count);
    row->addWidget(m_previous);
    row->addWidget(m_next);
    row->addWidget(m_close);
    connect(m_field, &QLineEdit::textChanged, this, [this] { search(Go::ToFirst); });
    connect(m_previous, &QToolButton::clicked, this, &SearchBar::previous);
    connect(m_next, &QToolButton::clicked, this, &SearchBar::next);
    connect(m_close, &QToolButton::clicked, this, &SearchBar::closed);
}

void SearchBar::setTheme(const theme::Theme& theme)
{
    using theme::Role;
    m_normal = theme.color(Role::TextMuted);
    m_nothing = theme.color(Role::Error);
    setStyleSheet(QString("#searchBar { background: %1; border: 1px solid %2; border-radius: 8px; }")
                      .arg(theme.color(Role::SurfaceRaised).name(), theme.color(Role::Border).name()));
    m_count->setFont(theme.font(theme::FontRole::Small));
    updateCount();
}

void SearchBar::setGraph(std::shared_ptr<const canvas::DisplayGraph> graph)
{
    m_graph = std::move(graph);
    search(Go::Stay);
}

void SearchBar::open()
{
    m_field->setFocus();
    m_field->selectAll();
    search(Go::Stay);
}

void SearchBar::search(Go go)
{
    const std::uint64_t before = m_at >= 0 ? m_results[std::size_t(m_at)] : canvas::noKey;
    m_results =
        m_graph ? projections::search(*m_graph, m_field->text().toStdString()) : std::vector<std::uint64_t>();
    const auto same = std::find(m_results.begin(), m_results.end(), before);
    m_at = same != m_results.end() ? int(same - m_results.begin()) : -1;
    if (go == Go::ToFirst && m_at < 0 && !m_results.empty())
        step(1);
    updateCount();
    emit resultsChanged();
}

void SearchBar::next() { step(1); }
void SearchBar::previous() { step(-1); }

void SearchBar::step(int by)
{
    if (m_results.empty())
        return;
    const int n = int(m_results.size());
    m_at = m_at < 0 ? (by > 0 ? 0 : n - 1) : (m_at + by + n) % n;
    updateCount();
    emit found(m_results[std::size_t(m_at)]);
}

void SearchBar::updateCount()
{
    const bool asked = !m_field->text().trimmed().isEmpty();
    const bool nothing = asked && m_results.empty();
    m_count->setText(!asked     ? QString()
                     : nothing  ? tr("not found")
                     : m_at < 0 ? tr("%1 found").arg(m_results.size())
                                : tr("%1 of %2").arg(m_at + 1).arg(m_results.size()));
    setColor(m_count, nothing ? m_nothing : m_normal);
    m_previous->setEnabled(!m_results.empty());
    m_next->setEnabled(!m_results.empty());
}

void SearchBar::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape)
        emit closed();
    else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        step(event->modifiers() & Qt::ShiftModifier ? -1 : 1);
    else
        QFrame::keyPressEvent(event);
}

} // namespace orrery::panels
