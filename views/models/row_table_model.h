#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// RowTableModel<Row>: a Qt item model over a vector of row structs, described by columns of plain functions.
// It sorts and filters by itself (an order vector over the rows, no proxy): numbers sort as numbers, equal
// rows keep the order they came in. Texts are shown as they are, tool tips are escaped. Rows are replaced as
// a whole; rowKey() lets a view keep its selection over that.

#include <QAbstractTableModel>
#include <QColor>
#include <QIcon>
#include <QString>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <variant>
#include <vector>

namespace orrery::models {

// BarRole: double 0 … 1, painted behind the text. LinkRole: a click on the text does something.
enum TableRole { BarRole = Qt::UserRole + 1, KeyRole, LinkRole };

enum class Align : std::uint8_t { Left, Right };

using SortKey = std::variant<double, QString>;

template<class Row>
struct Column {
    QString title;
    QString toolTip;
    Align align = Align::Left;
    std::function<QString(const Row&)> text;
    std::function<SortKey(const Row&)> sortKey;  // empty: the text
    std::function<double(const Row&)> bar = {};  // 0 … 1; empty: none
    std::function<QString(const Row&)> tip = {}; // of a cell; empty: none
    int width = 0;                               // in characters; 0: takes what is left
    bool isLink = false;
};

// Plain text for a tool tip, which Qt would otherwise search for markup.
QString escapedToolTip(const QString& plain);

template<class Row>
class RowTableModel : public QAbstractTableModel {
public:
    using Rows = std::shared_ptr<const std::vector<Row>>;

    RowTableModel(std::vector<Column<Row>> columns, std::function<quint64(const Row&)> rowKey,
                  QObject* parent = nullptr)
        : QAbstractTableModel(parent)
        , m_columns(std::move(columns))
        , m_rowKey(std::move(rowKey))
        , m_rows(std::make_shared<const std::vector<Row>>())
    {}

    void setRows(std::vector<Row> rows)
    {
        beginResetModel();
        m_rows = std::make_shared<const std::vector<Row>>(std::move(rows));
        arrange();
        endResetModel();
    }

    // Only rows for which it holds are shown; empty: all.
    void setFilter(std::function<bool(const Row&)> filter)
    {
        beginResetModel();
        m_filter = std::move(filter);
        arrange();
        endResetModel();
    }

    // Of a row's text; none: as the palette has it.
    void setColor(std::function<std::optional<QColor>(const Row&)> color) { m_color = std::move(color); }

    // An icon in front of the first column.
    void setIcon(std::function<QIcon(const Row&)> icon) { m_icon = std::move(icon); }

    const Row& row(int shown) const { return (*m_rows)[m_order[std::size_t(shown)]]; }
    quint64 keyOf(int shown) const { return m_rowKey(row(shown)); }
    int rowOfKey(quint64 key) const
    {
        for (int i = 0; i < int(m_order.size()); ++i)
            if (keyOf(i) == key)
                return i;
        return -1;
    }
    std::size_t totalRows() const { return m_rows->size(); }
    const std::vector<Column<Row>>& columns() const { return m_columns; }

    int rowCount(const QModelIndex& parent = {}) const override
    {
        return parent.isValid() ? 0 : int(m_order.size());
    }
    int columnCount(const QModelIndex& parent = {}) const override
    {
        return parent.isValid() ? 0 : int(m_columns.size());
    }

    QVariant data(const QModelIndex& index, int role) const override
    {
        if (!index.isValid() || index.row() >= rowCount() || index.column() >= columnCount())
            return {};
        const Row& entry = row(index.row());
        const Column<Row>& column = m_columns[std::size_t(index.column())];
        switch (role) {
        case Qt::DisplayRole:
            return column.text(entry);
        case Qt::ToolTipRole:
            return column.tip ? QVariant(escapedToolTip(column.tip(entry))) : QVariant();
        case Qt::TextAlignmentRole:
            return alignment(column);
        case Qt::DecorationRole:
            return index.column() == 0 && m_icon ? QVariant(m_icon(entry)) : QVariant();
        case Qt::ForegroundRole:
            if (m_color)
                if (const auto color = m_color(entry))
                    return *color;
            return {};
        case BarRole:
            return column.bar ? QVariant(column.bar(entry)) : QVariant();
        case KeyRole:
            return m_rowKey(entry);
        case LinkRole:
            return column.isLink && !column.text(entry).isEmpty();
        default:
            return {};
        }
    }

    QVariant headerData(int section, Qt::Orientation orientation, int role) const override
    {
        if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
            return {};
        const Column<Row>& column = m_columns[std::size_t(section)];
        switch (role) {
        case Qt::DisplayRole:
            return column.title;
        case Qt::ToolTipRole:
            return escapedToolTip(column.toolTip);
        case Qt::TextAlignmentRole:
            return alignment(column);
        default:
            return {};
        }
    }

    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override
    {
        beginResetModel();
        m_sortColumn = column;
        m_sortOrder = order;
        arrange();
        endResetModel();
    }

private:
    static int alignment(const Column<Row>& column)
    {
        return int(column.align == Align::Right ? Qt::AlignRight | Qt::AlignVCenter
                                                : Qt::AlignLeft | Qt::AlignVCenter);
    }

    void arrange()
    {
        m_order.clear();
        for (std::size_t i = 0; i < m_rows->size(); ++i)
            if (!m_filter || m_filter((*m_rows)[i]))
                m_order.push_back(i);
        if (m_sortColumn < 0 || m_sortColumn >= columnCount())
            return;
        const Column<Row>& column = m_columns[std::size_t(m_sortColumn)];
        std::vector<SortKey> keys(m_rows->size());
        for (std::size_t i : m_order)
            keys[i] = column.sortKey ? column.sortKey((*m_rows)[i]) : SortKey(column.text((*m_rows)[i]));
        std::stable_sort(m_order.begin(), m_order.end(), [&](std::size_t a, std::size_t b) {
            return m_sortOrder == Qt::AscendingOrder ? keys[a] < keys[b] : keys[b] < keys[a];
        });
    }

    std::vector<Column<Row>> m_columns;
    std::function<quint64(const Row&)> m_rowKey;
    std::function<bool(const Row&)> m_filter;
    std::function<QIcon(const Row&)> m_icon;
    std::function<std::optional<QColor>(const Row&)> m_color;
    Rows m_rows;
    std::vector<std::size_t> m_order;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
};

} // namespace orrery::models
