#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TableView: how every table of the window looks and behaves: rows selected as a whole, columns as wide as
// their texts need, numbers in tabular figures, share bars painted in the cell, Ctrl+C copies the selected
// rows.

#include "views/models/row_table_model.h"
#include "views/theme/theme.h"

#include <QHeaderView>
#include <QTableView>

namespace orrery::panels {

class TableView : public QTableView {
    Q_OBJECT

public:
    explicit TableView(QWidget* parent);

    template<class Row>
    void setRowModel(models::RowTableModel<Row>* model)
    {
        setModel(model);
        for (int i = 0; i < int(model->columns().size()); ++i)
            setColumnChars(i, model->columns()[std::size_t(i)].width);
    }
    void setTheme(const theme::Theme& theme);
    // Selects the row and brings it into view without emitting rowChosen(); -1 clears.
    void showRow(int row);

signals:
    void rowChosen(int row); // by click or keyboard

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;

private:
    void setColumnChars(int column, int chars); // 0: takes what is left
    void copySelection() const;

    bool m_quiet = false; // the program moves the current row, not the user
};

} // namespace orrery::panels
