#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The plan hints in force, each of which can be taken back. It changes none itself: hintsChanged() tells what
// the user wants.

#include "engine/passes/plan_hints.h"
#include "views/models/what_if_tables.h"
#include "views/panels/empty_state.h"
#include "views/panels/table_view.h"

#include <QPushButton>

namespace orrery::panels {

class WhatIfHintsPage : public QWidget {
    Q_OBJECT

public:
    WhatIfHintsPage(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void setHints(const passes::PlanHints& hints);
    void setCanChange(bool canChange); // false while the model runs

signals:
    void hintsChanged(const orrery::passes::PlanHints& hints);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void removeChosen();
    void update();

    passes::PlanHints m_hints;
    models::RowTableModel<models::HintRow> m_model;
    TableView* m_table;
    QPushButton* m_remove;
    QPushButton* m_clear;
    QLabel* m_text;
    ContentOrEmpty* m_stack;
    bool m_canChange = true;
};

// How many there are, as the page counts them.
std::size_t hintCount(const passes::PlanHints& hints);

} // namespace orrery::panels
