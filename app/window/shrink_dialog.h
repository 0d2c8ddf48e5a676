#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ShrinkDialog: asks what fails and where the smallest part that still fails is to be saved, shows how far
// the search is, and offers to open what it found. Ending it early saves the smallest part that is known by
// then. The window stays usable meanwhile.

#include "views/document/debug_controller.h"

#include <QDialog>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace orrery::window {

class ShrinkDialog : public QDialog {
    Q_OBJECT

public:
    ShrinkDialog(document::DebugController& debugger, const QString& modelPath, QWidget* parent);
    ~ShrinkDialog() override;

signals:
    void openRequested(const QString& path);

private:
    void makeRows(const QString& modelPath);
    void start();
    void showOutcome(const session::ShrinkOutcome& outcome);
    void update();

    document::DebugController& m_debugger;
    QComboBox* m_failure;
    QLineEdit* m_output;
    QPushButton *m_browse, *m_start, *m_open;
    QLabel* m_status;
    QString m_found;
    bool m_searching = false;
};

} // namespace orrery::window
