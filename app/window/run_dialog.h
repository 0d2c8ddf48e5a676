#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// RunDialog: how a model is run. The form has a field for each dimension of an input that the file leaves
// open; a name that several inputs share is asked once.

#include "views/document/load.h"
#include "views/document/runner.h"

#include <QDialog>

class QComboBox;
class QSpinBox;

namespace orrery::window {

class RunDialog : public QDialog {
    Q_OBJECT

public:
    RunDialog(const document::LoadedModel& model, const document::RunSettings& settings, QWidget* parent);
    document::RunSettings settings() const;

private:
    QSpinBox *m_warmup, *m_runs, *m_threads;
    QComboBox* m_optimize;
    struct OpenDim {
        std::string symbol; // empty: a dimension without a name
        QSpinBox* field;
    };
    struct OpenInput {
        std::string name;
        graph::Shape shape;
        std::vector<std::size_t> fields; // per unknown dim, in order: index into m_dims
    };
    std::vector<OpenDim> m_dims;
    std::vector<OpenInput> m_inputs;
};

// Whether an input has a dimension that must be chosen before a run.
bool hasOpenDims(const document::LoadedModel& model);

} // namespace orrery::window
