#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// HintHistory: what was done to the plan hints of the open model, wherever in the window, as steps with names
// that can be taken back and done again. Apart from the edits of the model: neither file nor history of that
// knows of hints. Forgotten with the model. GUI thread.

#include "engine/passes/plan_hints.h"

#include <QObject>

#include <vector>

namespace orrery::document {

class Document;

class HintHistory : public QObject {
    Q_OBJECT

public:
    explicit HintHistory(Document& document);

    // One step; nothing when the hints stay as they are. The errors are those of Document::setPlanHints().
    Result<void> change(const passes::PlanHints& hints, const QString& name);

    bool canUndo() const { return m_position > 0; }
    bool canRedo() const { return m_position < m_steps.size(); }
    QString undoName() const { return canUndo() ? m_steps[m_position - 1].name : QString(); }
    QString redoName() const { return canRedo() ? m_steps[m_position].name : QString(); }
    std::size_t stepCount() const { return m_steps.size(); }
    // Told in the status line, and why not where they cannot be.
    void undo();
    void redo();

private:
    struct Step {
        QString name;
        passes::PlanHints before, after;
    };
    void forget();
    void onChanged();
    bool set(const passes::PlanHints& hints);

    Document& m_document;
    std::vector<Step> m_steps;
    std::size_t m_position = 0; // steps that are done
    passes::PlanHints m_now;
    QString m_name;          // of the change that is under way
    bool m_isMoving = false; // undo or redo is under way
};

} // namespace orrery::document
