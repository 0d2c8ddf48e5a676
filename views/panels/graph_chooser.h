#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// GraphChooser: a small list at a place of the canvas that typing filters: operators to insert, inputs to
// connect with. Arrows move, Return or a click takes, Escape or a click elsewhere leaves all as it is.
// Deletes itself.

#include "views/theme/theme.h"

#include <QFrame>

#include <functional>

class QLineEdit;
class QListWidget;

namespace orrery::panels {

class GraphChooser final : public QFrame {
public:
    struct Row {
        QString text, detail;
        std::function<void()> take;
    };
    // The rows for what was typed, best first; asked anew with every letter.
    using Rows = std::function<std::vector<Row>(const QString& filter)>;

    GraphChooser(QWidget* parent, const QString& hint, const QString& none, Rows rows);
    void openAt(QPoint global);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fill();
    void take();

    QLineEdit* m_filter;
    QListWidget* m_list;
    QString m_none;
    Rows m_rows;
    std::vector<Row> m_shown;
};

} // namespace orrery::panels
