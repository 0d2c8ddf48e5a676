#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// CleanUpPage: what one clean-up tool asks of the user, and the work that follows from it. A page knows the
// model as it was when the dialog opened, changes nothing, and says when its answers changed.

#include "engine/edit/clean_up.h"
#include "views/document/document.h"

#include <QWidget>

#include <set>

namespace orrery::window {

// Runs on a thread of its own.
using CleanUpWork =
    std::function<Result<edit::CleanUp>(const graph::Model& model, const edit::Progress& progress)>;

class CleanUpPage : public QWidget {
    Q_OBJECT

public:
    using QWidget::QWidget;
    virtual CleanUpWork work() const = 0;

signals:
    void changed();
};

struct CleanUpTool {
    QString id; // also of its action
    QString title;
    QString about;
    // Selected nodes may be what a page speaks of.
    CleanUpPage* (*makePage)(const graph::Model& model, const std::set<NodeId>& selected,
                             document::Document& document, QWidget* parent);
};
const std::vector<CleanUpTool>& cleanUpTools();

} // namespace orrery::window
