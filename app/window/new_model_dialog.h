#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// NewModelDialog: an empty model or one of the templates, with the few numbers that they have. The model is
// made on a thread of its own, opened without a file, and has to be saved under a name.

#include "engine/edit/templates.h"
#include "views/async/task.h"

#include <QDialog>

class QComboBox;
class QDialogButtonBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace orrery::window {

class MainWindow;

class NewModelDialog final : public QDialog {
    Q_OBJECT

public:
    explicit NewModelDialog(MainWindow& window);

private:
    void showFields();
    void make();
    void tell(const QString& text);
    edit::Template kind() const;

    MainWindow& m_window;
    QFormLayout* m_form;
    QComboBox* m_kind;
    QLineEdit *m_name, *m_hidden;
    QSpinBox *m_opset, *m_inputs, *m_size, *m_heads, *m_classes, *m_seed;
    QLabel *m_about, *m_error;
    QDialogButtonBox* m_buttons;
    async::Task m_task; // last: its jobs end before what they bring is gone
};

void newModel(MainWindow& window);

} // namespace orrery::window
