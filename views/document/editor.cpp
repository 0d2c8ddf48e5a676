// SPDX-License-Identifier: Apache-2.0
#include "views/document/editor.h"

#include "engine/base/text.h"
#include "engine/ops/op_spec.h"

#include <algorithm>

namespace orrery::document {
namespace {

void merge(graph::Touched& into, const graph::Touched& more)
{
    into.nodes.insert(into.nodes.end(), more.nodes.begin(), more.nodes.end());
    into.values.insert(into.values.end(), more.values.begin(), more.values.end());
    into.regions.insert(into.regions.end(), more.regions.begin(), more.regions.end());
    into.links = into.links || more.links;
    into.wholeModel = into.wholeModel || more.wholeModel;
}

} // namespace

Editor::~Editor() = default;

void Editor::setModel(std::shared_ptr<const LoadedModel> loaded)
{
    m_loaded = std::move(loaded);
    m_inference.reset();
    m_model.reset();
    m_steps.clear();
    m_position = 0;
    m_savedAt = 0;
    emit historyChanged();
}

void Editor::begin()
{
    if (m_model)
        return;
    m_model = *m_loaded->model;
    m_inference.emplace(*m_model, ops::OpRegistry::builtin());
}

bool Editor::change(const graph::Edit& edit, graph::Edit& inverse, graph::Touched& touched)
{
    auto applied = graph::apply(*m_model, edit);
    if (!applied.ok()) {
        emit refused(QString::fromStdString(displayText(applied.error().text(), 1000)));
        return false;
    }
    inverse = applied.releaseValue();
    merge(touched, graph::touchedBy(edit, inverse));
    return true;
}

bool Editor::apply(const Result<graph::Edit>& edit)
{
    if (edit.ok())
        return apply(*edit);
    emit refused(QString::fromStdString(displayText(edit.error().text(), 1000)));
    return false;
}

bool Editor::apply(const graph::Edit& edit)
{
    if (!canEdit())
        return false;
    begin();
    Step step;
    graph::Touched touched;
    if (!change(edit, step.inverse, touched))
        return false;
    step.edit = edit;
    step.name = QString::fromStdString(displayText(graph::editName(edit), 200));
    if (m_savedAt && *m_savedAt > m_position)
        m_savedAt.reset();
    m_steps.resize(m_position);
    m_steps.push_back(std::move(step));
    ++m_position;
    publish(touched);
    emit historyChanged();
    return true;
}

void Editor::goTo(std::size_t position)
{
    position = std::min(position, m_steps.size());
    if (!m_model || position == m_position)
        return;
    graph::Touched touched;
    graph::Edit unused;
    while (m_position != position) {
        const bool back = m_position > position;
        const Step& step = m_steps[back ? m_position - 1 : m_position];
        if (!change(back ? step.inverse : step.edit, unused, touched))
            break; // told already; what was undone until here stays undone
        m_position += back ? std::size_t(-1) : 1;
    }
    publish(touched);
    emit historyChanged();
}

QString Editor::stepName(std::size_t step) const { return m_steps[step].name; }

void Editor::markSaved()
{
    m_savedAt = m_position;
    emit historyChanged();
}

void Editor::publish(const graph::Touched& touched)
{
    m_inference->update(*m_model, touched);
    m_loaded = snapshotOf(*m_model, *m_inference);
    emit edited(m_loaded);
}

} // namespace orrery::document
