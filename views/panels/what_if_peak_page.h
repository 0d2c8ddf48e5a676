#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What is alive at one predicted peak, and the op that is running then. Nothing is looked up: it is given the
// prediction and the graph that its ids are of.

#include "engine/plan/predict_peak.h"
#include "views/models/what_if_tables.h"
#include "views/panels/empty_state.h"
#include "views/panels/table_view.h"

#include <QPushButton>

#include <memory>

namespace orrery::panels {

class WhatIfPeakPage : public QWidget {
    Q_OBJECT

public:
    WhatIfPeakPage(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme);
    // `point` is what was asked ("batch = 8"); null: nothing is chosen.
    void show(const QString& point, const plan::PeakPrediction* peak,
              std::shared_ptr<const graph::Graph> graph);
    void showError(const QString& point, const QString& text);

signals:
    void nodeChosen(orrery::NodeId node);
    void valueChosen(orrery::ValueId value); // an input of the run

private:
    std::shared_ptr<const graph::Graph> m_graph;
    std::vector<plan::LiveAtPeak> m_live;
    NodeId m_node;
    models::RowTableModel<models::LiveRow> m_model;
    TableView* m_table;
    QLabel* m_title;
    QPushButton* m_op;
    QLabel* m_note;
    ContentOrEmpty* m_stack;
};

} // namespace orrery::panels
