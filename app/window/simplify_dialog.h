#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// SimplifyDialog: looks for what can go without changing a result, shows it, and makes it one edit when asked
// to. The search runs on a thread of its own and can be left at any moment.

#include "engine/edit/simplify.h"
#include "views/async/task.h"

#include <QDialog>

class QDialogButtonBox;
class QLabel;

namespace orrery::window {

class MainWindow;

class SimplifyDialog final : public QDialog {
    Q_OBJECT

public:
    explicit SimplifyDialog(MainWindow& window);

private:
    void preview(Result<edit::CleanUp> result);

    MainWindow& m_window;
    QLabel* m_text;
    QDialogButtonBox* m_buttons;
    edit::CleanUp m_found;
    async::Task m_task;
};

void simplify(MainWindow& window);

} // namespace orrery::window
