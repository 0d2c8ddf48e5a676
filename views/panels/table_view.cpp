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

// Paints cells with the same padding as the header, and a bar behind those that have one.
class CellDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QColor bar, selection, hover, text, selectedText, link;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const bool isSelected = option.state & QStyle::State_Selected;
        painter->save();
        if (isSelected)
            painter->fillRect(option.rect, selection);
        else if (option.state & QStyle::State_MouseOver)
            painter->fillRect(option.rect, hover);
        if (const QVariant part = index.data(models::BarRole); part.isValid() && !isSelected) {
            QRectF area = QRectF(option.rect).adjusted(4, 4, -4, -4);
            area.setWidth(std::max(1.0, area.width() * std::clamp(part.toDouble(), 0.0, 1.0)));
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(Qt::NoPen);
            painter->setBrush(bar);
            painter->drawRoundedRect(area, 2, 2);
        }
        QRect place = option.rect.adjusted(8, 0, -8, 0);
        if (const auto icon = index.data(Qt::DecorationRole).value<QIcon>(); !icon.isNull()) {
            icon.paint(painter, QRect(place.left(), place.center().y() - 7, 16, 16));
            place.setLeft(place.left() + 22);
        }
        const bool isLink = index.data(models::LinkRole).toBool();
        QFont font = option.font;
        font.setUnderline(isLink);
        painter->setFont(font);
        painter->setPen(isSelected ? selectedText : isLink ? link : text);
        const auto elide = index.column() == 0 ? Qt::ElideMiddle : Qt::ElideRight;
        const QString shown = option.fontMetrics.elidedText(index.data().toString(), elide, place.width());
        painter->drawText(place, index.data(Qt::TextAlignmentRole).toInt() | Qt::TextSingleLine, shown);
        painter->restore();
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
    setItemDelegate(new CellDelegate(this));
    setMouseTracking(true);
}

void TableView::setColumnChars(int column, int chars)
{
    if (chars == 0)
        horizontalHeader()->setSectionResizeMode(column, QHeaderView::Stretch);
    else
        setColumnWidth(column, chars * fontMetrics().averageCharWidth() + 30);
}

void TableView::setTheme(const theme::Theme& theme)
{
    using theme::Role;
    auto* cells = static_cast<CellDelegate*>(itemDelegate());
    cells->bar = cells->hover = theme.color(Role::Accent);
    cells->bar.setAlphaF(0.30f);
    cells->hover.setAlphaF(0.08f);
    cells->selection = theme.color(Role::Accent);
    cells->selectedText = theme.color(Role::TextOnAccent);
    cells->text = theme.color(Role::Text);
    cells->link = theme.color(Role::Accent);
    horizontalHeader()->setStyleSheet(
        "QHeaderView::section { padding: 5px 8px; }"
        "QHeaderView::down-arrow, QHeaderView::up-arrow { subcontrol-origin: padding; "
        "subcontrol-position: top center; width: 9px; height: 5px; }");
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
