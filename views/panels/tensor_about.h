#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TensorAbout: a tensor in words: statistics and histogram, who writes and reads it, where its dims come
// from. Made anew whenever facts or numbers are others. TensorFacts is what those who know the graph and the
// session tell.

#include "engine/base/ids.h"
#include "views/tensor_view/histogram_plot.h"

#include <QScrollArea>

#include <optional>

namespace orrery::panels {

class PropertySheet;

struct TensorJump {
    QString text;
    NodeId node; // invalid: no node to go to
};

struct TensorFacts {
    std::string name;        // as in the file
    std::uint32_t key = 0;   // another one: another value
    QString declared;        // type as the graph knows it, for when there is no tensor
    QString where;           // "Alive at event 12, written at 3"
    bool isAsItIsNow = true; // else the text is a warning
    bool canRecompute = false, canRunBack = false, canEdit = false, canPin = false;
    std::optional<TensorJump> writer;
    std::vector<TensorJump> readers;
    std::vector<std::pair<QString, TensorJump>> dims; // "axis 0: 64", where it comes from
};

class TensorAbout : public QScrollArea {
    Q_OBJECT

public:
    explicit TensorAbout(QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void show(const TensorFacts& facts, tensor_view::SubjectPointer subject); // subject null: no tensor

signals:
    void nodeChosen(orrery::NodeId node);
    void elementChosen(std::int64_t flat);

private:
    void rebuild();
    void describeNumbers(PropertySheet& sheet);
    void describeFlow(PropertySheet& sheet);
    QWidget* makeHistogram();

    theme::Theme m_theme;
    TensorFacts m_facts;
    tensor_view::SubjectPointer m_subject;
    tensor_view::HistogramPlot::Counts m_counts = tensor_view::HistogramPlot::Counts::Linear;
};

} // namespace orrery::panels
