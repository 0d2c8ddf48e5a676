#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// How the peak of one point could be lower: what was found, what was looked for in vain, and what runs said
// of it. Applying, measuring and asking are wishes that it tells by signals.

#include "engine/plan/suggest.h"
#include "views/document/what_if.h"
#include "views/models/what_if_tables.h"
#include "views/panels/empty_state.h"
#include "views/panels/table_view.h"

#include <QPushButton>

#include <memory>

namespace orrery::panels {

// What a trial gave, in one sentence, and which hints could not be followed.
QString trialText(const document::Trial& trial);

class WhatIfSuggestionsPage : public QWidget {
    Q_OBJECT

public:
    WhatIfSuggestionsPage(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme);
    // `point` is what is asked about ("batch = 8"); empty: nothing is chosen. Drops what was found.
    void setPoint(const QString& point);
    void show(std::shared_ptr<const plan::Suggestions> found);
    void show(const document::Trial& trial);
    void setBusy(bool isBusy);
    void setCanApply(bool canApply); // false while the model runs
    // The one that is chosen; null without one.
    const plan::Suggestion* chosen() const;

signals:
    void suggestRequested();
    void applyRequested();
    void measureRequested();
    void nodeChosen(orrery::NodeId node);

protected:
    void showEvent(QShowEvent* event) override;

private:
    class LabelStack;

    void update();
    void tellChosen();
    void color();

    theme::Theme m_theme;
    QString m_point;
    std::shared_ptr<const plan::Suggestions> m_found;
    models::RowTableModel<models::SuggestionRow> m_model;
    TableView* m_table;
    QPushButton* m_suggest;
    QPushButton* m_apply;
    QPushButton* m_measure;
    QLabel* m_about; // the one that is chosen, in full
    QLabel* m_trial;
    QLabel* m_notes;
    LabelStack* m_details; // holds these three
    ContentOrEmpty* m_stack;
    bool m_isBusy = false, m_canApply = true;
};

} // namespace orrery::panels
