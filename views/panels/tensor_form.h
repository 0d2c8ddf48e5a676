#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TensorForm: a dialog that shows the numbers of a constant and lets them be typed over, taken from an
// expression or from a file, or that makes a new constant. Nothing happens to the model until it is applied,
// which is one step. Reading files and computing run on a thread of their own.

#include "views/async/task.h"
#include "views/document/document.h"
#include "views/theme/theme.h"

#include <QDialog>

#include <functional>

class QComboBox;
class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace orrery::tensor_view {
class CellGrid;
class SliceBar;
} // namespace orrery::tensor_view

namespace orrery::panels {

class TensorForm final : public QDialog {
    Q_OBJECT

public:
    // Where the tensor comes from and goes to.
    struct Subject {
        QString title, text;  // what it is for
        QString name;         // of the constant
        bool isNew = false;   // then it can get another name
        graph::Tensor tensor; // as it is now; undefined for a new one
        graph::DataType type = graph::DataType::Float32;
        QString shape;           // as far as it is known
        QString values;          // an expression to begin with
        QStringList inputs = {}; // of a node, to choose from; empty: none
        int input = 0;           // of these
        std::function<Subject(int input)> atInput = {};
        // What is applied; null where it makes no sense any more.
        std::function<Result<graph::Edit>(const std::string& name, graph::Tensor tensor)> edit;
    };

    TensorForm(document::Document& document, const theme::Theme& theme, Subject subject, QWidget* parent);
    ~TensorForm() override;

private:
    enum class Then : std::uint8_t { Show, Apply };

    void build(const theme::Theme& theme);
    void show(Subject subject);
    void setTensor(graph::Tensor tensor);
    void make(Then then);
    void onMade(Result<graph::Tensor> result, Then then);
    void typeOver(std::int64_t flat, const QString& text);
    void apply();
    void finish();
    void browse();
    void tell(const QString& text, bool isError);
    QString wish() const; // what the fields ask for

    document::Document& m_document;
    Subject m_subject;
    graph::Tensor m_tensor; // as it would be applied; undefined: none yet
    QString m_made;         // the wish that m_tensor fulfils
    QColor m_errorColor, m_mutedColor;
    QComboBox *m_input, *m_type, *m_source;
    QLineEdit *m_name, *m_shape, *m_values;
    QLabel *m_inputLabel, *m_text, *m_message;
    QPushButton* m_browse;
    tensor_view::SliceBar* m_slice;
    tensor_view::CellGrid* m_grid;
    QDialogButtonBox* m_buttons;
    async::Task m_task; // last: its jobs end before what they bring is gone
};

// The constant's numbers.
void openConstant(document::Document& document, const theme::Theme& theme, ValueId constant, QWidget* parent);
// A tensor attribute's.
void openAttributeTensor(document::Document& document, const theme::Theme& theme, NodeId node,
                         const std::string& attribute, QWidget* parent);
// A new constant of the main graph.
void newConstant(document::Document& document, const theme::Theme& theme, QWidget* parent);
// A new constant for an input of the node: that slot, or (-1) the first that is open.
void newConstantInput(document::Document& document, const theme::Theme& theme, NodeId node, int slot,
                      QWidget* parent);

} // namespace orrery::panels
