#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// PlanTrial: runs of the model without and with the plan hints about some nodes, in turns, on the same
// inputs. One at a time; what it gave stays until the hints or the model change. GUI thread.

#include "views/document/document.h"
#include "views/document/what_if.h"

namespace orrery::panels {

class PlanTrial : public QObject {
    Q_OBJECT

public:
    PlanTrial(document::Document& document, QObject* parent);

    void start(const std::vector<NodeId>& nodes); // of the compute graph
    void cancel();
    bool isBusy() const { return m_whatIf.isBusy(); }
    // What is under way, what runs gave, or why there is nothing; empty for other nodes.
    QString text(const std::vector<NodeId>& nodes) const { return nodes == m_nodes ? m_text : QString(); }

signals:
    void changed();

private:
    void say(const QString& text);

    document::Document& m_document;
    std::vector<NodeId> m_nodes;
    QString m_text;
    document::WhatIf m_whatIf; // last: its thread ends first
};

} // namespace orrery::panels
