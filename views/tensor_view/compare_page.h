#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ComparePage: a tensor against another: figures of the difference, where it is worst, and the difference as
// a heat map. The other one is offered by whoever owns the page (pinned tensors, values of the session) or
// read from a file (.npy, .pb, .npz).

#include "engine/debug/tensor_difference.h"
#include "views/async/task.h"
#include "views/tensor_view/heat_map_page.h"

#include <QComboBox>
#include <QGridLayout>
#include <QPushButton>

namespace orrery::tensor_view {

class ComparePage : public QWidget {
    Q_OBJECT

public:
    explicit ComparePage(QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void setContent(SubjectPointer subject, const SliceView& slice);
    // What can be compared with; otherChosen(index) follows a choice.
    void setChoices(const QStringList& titles);
    void setOther(const QString& title, const graph::Tensor& tensor);
    void openFile(const QString& path);
    void showMessage(const QString& text); // instead of figures
    const std::optional<debug::TensorDifference>& difference() const { return m_difference; }
    bool isBusy() const { return m_task.busy() || m_map->isBusy(); }

signals:
    void otherChosen(int index);
    void chosen(std::int64_t flat); // of the tensor

private:
    void compare();
    void showFigures();
    void pickFile();

    SubjectPointer m_subject;
    SliceView m_slice;
    graph::Tensor m_other;
    QString m_otherTitle;
    std::optional<debug::TensorDifference> m_difference;
    QStringList m_titles;
    QComboBox* m_choice;
    QLabel* m_message;
    QWidget* m_figures;
    QGridLayout* m_grid;
    std::vector<QLabel*> m_values, m_keys;
    QPushButton* m_worst;
    HeatMapPage* m_map;
    async::Task m_task;
};

} // namespace orrery::tensor_view
