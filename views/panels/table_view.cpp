// SPDX-License-Identifier: Apache-2.0
#include "views/panels/table_view.h"

#include <QApplication>
#include <QClipboard>
#include <QKeyEvent>
#include <QPainter>
#include <QScopedValueRollback>
#include <QStyledItemDelegate>

namespace orrery::panels {
namespace {

constexpr int rowPixels = 24;

// Paints a bar behind cells that have one.
class BarDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QColor color;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const QVariant bar = index.data(models::BarRole);
        if (bar.isValid() && !(option.state & QStyle::State_Selected)) {
            const double part = std::clamp(bar.toDouble(), 0.0, 1.0);
            QRectF area = QRectF(option.rect).adjusted(4, 4, -4, -4);
            area.setWidth(std::max(1.0, area.width() * part));
            painter->save();
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(Qt::NoPen);
            painter->setBrush(color);
            painter->drawRoundedRect(area, 2, 2);
            painter->restore();
        }
        QStyledItemDelegate::paint(painter, option, index);
    }

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        option->textElideMode = index.column() == 0 ? Qt::ElideMiddle : Qt::ElideRight;
        option->state &= ~QStyle::State_HasFocus; // the whole row is marked, not one cell
        if (index.data(models::BarRole).isValid())
            option->backgroundBrush = Qt::NoBrush;
    }
};

} // namespace

TableView::TableView(QWidget* parent)
    : QTableView(parent)
{
    setSelectionBehavior(SelectRows);
    setSelectionMode(SingleSelection);
    setEditTriggers(NoEditTriggers);
    setShowGrid(false);
    setWordWrap(false);
    setAlternatingRowColors(false);
    setSortingEnabled(true);
    setTabKeyNavigation(false);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerPixel);
    setFrameShape(NoFrame);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(rowPixels);
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setMinimumSectionSize(44);
    horizontalHeader()->setSortIndicatorClearable(false);
    setItemDelegate(new BarDelegate(this));
}

void TableView::setColumnChars(int column, int chars)
{
    if (chars == 0)
        horizontalHeader()->setSectionResizeMode(column, QHeaderView::Stretch);
    else
        setColumnWidth(column, chars * fontMetrics().averageCharWidth() + 20);
}

void TableView::setTheme(const theme::Theme& theme)
{
    QColor bar = theme.color(theme::Role::Accent);
    bar.setAlphaF(0.28f);
    static_cast<BarDelegate*>(itemDelegate())->color = bar;
    setFont(theme.font(theme::FontRole::Body));
    horizontalHeader()->setFont(theme.font(theme::FontRole::Small));
    viewport()->update();
}

void TableView::showRow(int row)
{
    const QScopedValueRollback quiet(m_quiet, true);
    if (row < 0 || !model() || row >= model()->rowCount()) {
        clearSelection();
        setCurrentIndex({});
        return;
    }
    if (currentIndex().row() != row || !selectionModel()->isRowSelected(row, {})) {
        const int column = std::max(0, currentIndex().column());
        setCurrentIndex(model()->index(row, column));
        selectRow(row);
    }
    scrollTo(model()->index(row, 0));
}

void TableView::currentChanged(const QModelIndex& current, const QModelIndex& previous)
{
    QTableView::currentChanged(current, previous);
    if (!m_quiet && current.isValid() && current.row() != previous.row())
        emit rowChosen(current.row());
}

void TableView::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Copy)) {
        copySelection();
        event->accept();
        return;
    }
    QTableView::keyPressEvent(event);
}

void TableView::copySelection() const
{
    QString text;
    for (const QModelIndex& row : selectionModel()->selectedRows()) {
        QStringList cells;
        for (int c = 0; c < model()->columnCount(); ++c)
            cells << model()->index(row.row(), c).data().toString();
        text += cells.join('\t') + '\n';
    }
    QApplication::clipboard()->setText(text);
}

} // namespace orrery::panels
