#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// RunDialog: how a model is run. Each input of the graph may be read from a file; for the others the form has
// a field for each dimension that the model leaves open, where a name that several inputs share is asked
// once. What the purpose has no use for is not asked, and stays as it was.

#include "views/document/load.h"
#include "views/document/runner.h"

#include <QDialog>

class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace orrery::window {

enum class RunPurpose : std::uint8_t { Once, Profile, Debug };

class RunDialog : public QDialog {
    Q_OBJECT

public:
    RunDialog(const document::LoadedModel& model, const document::RunSettings& settings, RunPurpose purpose,
              QWidget* parent);
    document::RunSettings settings() const;
    void accept() override; // not while a named file is not there

private:
    void makeNumbers(QFormLayout& form, RunPurpose purpose);
    void makeInput(QFormLayout& form, const graph::Value& value);
    void updateFields();

    document::RunSettings m_given;
    QSpinBox *m_warmup, *m_runs, *m_threads;
    QComboBox* m_optimize;
    QLabel* m_note;
    struct OpenDim {
        std::string symbol; // empty: a dimension without a name
        QSpinBox* field;
    };
    struct Input {
        std::string name;
        graph::Shape shape;
        QLineEdit* file;                 // empty: random values
        std::vector<std::size_t> fields; // per unknown dim, in order: index into m_dims
    };
    std::vector<OpenDim> m_dims;
    std::vector<Input> m_inputs;
};

// Whether an input has a dimension that must be chosen before a run.
bool hasOpenDims(const document::LoadedModel& model);

} // namespace orrery::window
