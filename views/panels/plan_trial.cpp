// SPDX-License-Identifier: Apache-2.0
#include "views/panels/plan_trial.h"

#include "engine/base/text.h"
#include "views/document/node_hints.h"
#include "views/panels/what_if_suggestions_page.h"

namespace orrery::panels {

using document::Document;
using document::WhatIf;

PlanTrial::PlanTrial(Document& document, QObject* parent)
    : QObject(parent)
    , m_document(document)
{
    connect(&m_whatIf, &WhatIf::tried, this,
            [this](const std::shared_ptr<const document::Trial>& trial) { say(trialText(*trial)); });
    connect(&m_whatIf, &WhatIf::progress, this, &PlanTrial::say);
    connect(&m_whatIf, &WhatIf::finished, this, &PlanTrial::changed);
    connect(&m_whatIf, &WhatIf::failed, this,
            [this](const Error& error) { say(QString::fromStdString(displayText(error.text(), 1000))); });
    for (auto signal : {&Document::planHintsChanged, &Document::contentChanged})
        connect(&document, signal, this, &PlanTrial::cancel);
    connect(&document.editor(), &document::Editor::edited, this, &PlanTrial::cancel);
}

void PlanTrial::say(const QString& text)
{
    m_text = text;
    emit changed();
}

void PlanTrial::cancel()
{
    m_whatIf.cancel();
    m_nodes.clear();
    say({});
}

void PlanTrial::start(const std::vector<NodeId>& nodes)
{
    const auto model = m_document.model();
    const auto compute = m_document.stageGraph(document::GraphStage::Compute).graph;
    if (!model || !compute)
        return;
    const document::NodeHints hints(*model->dataflow, *compute, nodes);
    document::WhatIfSettings settings;
    settings.hints = hints.without(m_document.planHints());
    m_whatIf.setModel(m_document.source(), settings);
    m_nodes = nodes;
    say(tr("Opening the model …"));
    m_whatIf.tryHints(hints.only(m_document.planHints()), {});
}

} // namespace orrery::panels
