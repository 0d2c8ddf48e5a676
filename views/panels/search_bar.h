#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// SearchBar: finds nodes in the graph that is shown. Return and Shift+Return go to the next and the previous,
// Escape closes; it says which of how many. The graph panel gives it the graph and follows found().

#include "views/canvas/display_graph.h"
#include "views/theme/theme.h"

#include <QFrame>
#include <QLabel>
#include <QLineEdit>

#include <memory>

class QToolButton;

namespace orrery::panels {

class SearchBar : public QFrame {
    Q_OBJECT

public:
    explicit SearchBar(QWidget* parent);
    void setTheme(const theme::Theme& theme);
    void setGraph(std::shared_ptr<const canvas::DisplayGraph> graph); // searches anew, moves nothing
    void open();
    const std::vector<std::uint64_t>& results() const { return m_results; }
    QLineEdit* field() const { return m_field; }

public slots:
    void next();
    void previous();

signals:
    void found(quint64 key); // go there
    void resultsChanged();
    void closed();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    enum class Go : std::uint8_t { Stay, ToFirst };
    void search(Go go);
    void step(int by);
    void updateCount();

    QLineEdit* m_field;
    QLabel* m_count;
    QToolButton *m_previous, *m_next, *m_close;
    std::shared_ptr<const canvas::DisplayGraph> m_graph;
    std::vector<std::uint64_t> m_results;
    int m_at = -1;
    QColor m_normal, m_nothing; // of the count
};

} // namespace orrery::panels
