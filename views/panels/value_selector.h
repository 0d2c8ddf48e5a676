#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ValueSelector: the values that one may want to look at now: outputs and inputs of the selected node
// (without one, of the node that ran last), then what is watched. Also which graph "now" is about: that of
// the debugging session, else the dataflow graph of the model.

#include "views/document/document.h"

#include <QComboBox>

namespace orrery::panels {

std::shared_ptr<const graph::Graph> steppedGraph(const document::Document& document); // null without a model
document::GraphStage steppedStage(const document::Document& document);
QString valueName(const graph::Graph& graph, ValueId value); // for display, never empty

class ValueSelector : public QComboBox {
    Q_OBJECT

public:
    ValueSelector(document::Document& document, QWidget* parent);

    void offer(ValueId shown); // what is offered; `shown` is among it
    std::vector<ValueId> ofFocus() const;
    // What is there to be seen: without a session a constant; of the node that runs next what it will read.
    ValueId best(const std::vector<ValueId>& values) const; // not empty

signals:
    void chosen(orrery::ValueId value); // by the user

private:
    QString role(const graph::Graph& graph, ValueId value) const;

    document::Document& m_document;
    std::vector<ValueId> m_values;
};

} // namespace orrery::panels
