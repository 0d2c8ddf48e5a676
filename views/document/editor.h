#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Editor: the opened model as the user changes it. Each edit is one undoable step; after each, types and
// problems follow and a new immutable snapshot goes out. The file is not touched. A graph may be wrong for a
// while: only edits that do not fit the graph at all are refused, and say why. GUI thread.

#include "engine/graph/edit.h"
#include "engine/passes/incremental_infer.h"
#include "views/document/load.h"

#include <QObject>
#include <QStringList>

#include <memory>
#include <optional>
#include <vector>

namespace orrery::document {

class Editor : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;
    ~Editor() override;

    // Another model, or none; what was done to the one before is forgotten.
    void setModel(std::shared_ptr<const LoadedModel> loaded);
    bool canEdit() const { return m_loaded != nullptr; }
    // As edited. Only while canEdit().
    const graph::Model& model() const { return m_model ? *m_model : *m_loaded->model; }

    // One step. False when it does not fit; refused() has said why.
    bool apply(const graph::Edit& edit);
    // Says why nothing can be done, in the way of an edit that does not fit.
    bool apply(const Result<graph::Edit>& edit);

    // Steps that are in force come first; the rest can be done again.
    std::size_t stepCount() const { return m_steps.size(); }
    std::size_t position() const { return m_position; }
    QString stepName(std::size_t step) const;
    void undo() { goTo(m_position == 0 ? 0 : m_position - 1); }
    void redo() { goTo(std::min(m_position + 1, m_steps.size())); }
    void goTo(std::size_t position);

    // Since it was opened or saved.
    bool isModified() const { return m_savedAt != m_position; }
    void markSaved();

signals:
    void edited(std::shared_ptr<const LoadedModel> loaded);
    void historyChanged();
    void refused(QString why); // plain text

private:
    struct Step {
        QString name;
        graph::Edit edit;
        graph::Edit inverse;
    };

    void begin();
    bool change(const graph::Edit& edit, graph::Edit& inverse, graph::Touched& touched);
    void publish(const graph::Touched& touched);

    std::shared_ptr<const LoadedModel> m_loaded; // the newest snapshot
    std::optional<graph::Model> m_model;         // from the first edit on
    std::optional<passes::IncrementalInference> m_inference;
    std::vector<Step> m_steps;
    std::size_t m_position = 0;
    std::optional<std::size_t> m_savedAt = 0; // none: that step was overwritten
};

} // namespace orrery::document
