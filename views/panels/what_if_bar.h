#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the what-if panel is asked: which dim varies over which numbers, and what the other open dims are
// meanwhile. Enter in a field asks; while an answer is under way the button cancels.

#include "engine/passes/pipeline.h"
#include "engine/plan/predict_peak.h"
#include "views/document/input_dims.h"
#include "views/theme/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

namespace orrery::panels {

struct WhatIfQuestion {
    std::string dim;
    std::vector<std::int64_t> numbers;
    std::vector<plan::DimValues> points; // one for each number
    passes::InputShapes shapesAre = passes::InputShapes::Concretions;
};

class WhatIfBar : public QWidget {
    Q_OBJECT

public:
    WhatIfBar(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme);
    // `remembered` are shapes of inputs that were used before, by name.
    void setDims(std::vector<document::InputDim> dims, const std::map<std::string, graph::Dims>& remembered);
    // Usage when the numbers cannot be read.
    Result<WhatIfQuestion> question() const;
    void setBusy(bool isBusy);
    void setCanMeasure(bool canMeasure);
    void say(const QString& text, theme::Role role = theme::Role::TextMuted);

signals:
    void predictRequested();
    void measureRequested();
    void cancelRequested();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    const document::InputDim* varied() const;
    void dimChosen();

    theme::Theme m_theme;
    std::vector<document::InputDim> m_dims;
    std::map<std::string, std::int64_t> m_numbers; // of open dims, as the user left them
    QComboBox* m_dim;
    QLineEdit* m_range;
    QWidget* m_others;
    QHBoxLayout* m_othersRow;
    std::vector<std::pair<std::string, QSpinBox*>> m_boxes;
    QPushButton* m_predict;
    QPushButton* m_measure;
    QLabel* m_status;
    theme::Role m_statusRole = theme::Role::TextMuted;
    bool m_isBusy = false, m_canMeasure = false;
};

} // namespace orrery::panels
