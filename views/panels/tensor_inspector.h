#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TensorInspector: the tensor of a value at the current event of the debugging session, or a constant of the
// model without one. Its first tab follows the selected node; others stay with their value ("Keep open") or
// with what it held at one event ("Pin"). Tabs ask for their tensor when they are seen and the event is
// another. Never asks while a movement is under way.

#include "views/panels/panel.h"
#include "views/panels/tensor_page.h"
#include "views/panels/value_selector.h"

#include <QTabBar>

namespace orrery::panels {

class TensorInspector final : public Panel {
    Q_OBJECT

public:
    TensorInspector(document::Document& document, const theme::Theme& theme, QWidget* parent);

    // Shows a value of the graph that is stepped (without a session: of the dataflow graph) in the first tab.
    void inspect(ValueId value);
    bool isIdle() const override;

    TensorPage& currentPage();
    ValueId currentValue() const { return m_tabs[m_shown].value; }
    std::size_t tabCount() const { return m_tabs.size(); }
    void keepOpen(); // a tab of its own for what is shown
    void pin();      // a tab that keeps what it holds now

protected:
    void showEvent(QShowEvent* event) override;

private:
    struct Tab {
        ValueId value;
        TensorPage* page = nullptr;
        bool isPinned = false;                     // never asks again
        bool isAsked = false;                      // an answer is to come
        bool isRecomputed = false;                 // the user asked to compute it once more at this event
        std::uint64_t shownAt = ~std::uint64_t(0); // stamp of the state it shows
        QString title;
    };

    void themeChanged() override;
    std::shared_ptr<const graph::Graph> graph() const { return steppedGraph(document()); }
    void onFocus();
    void onContent();
    void onSession();
    void onState();
    void onTensor(ValueId value, const session::CapturedTensor& captured);
    void onMissing(ValueId value, const QString& why);
    void choose(ValueId value); // in the first tab
    void refresh();             // the tab that is shown
    void showFacts(Tab& tab, const QString& where, bool isAsItIsNow);
    void showConstantOrHint(Tab& tab);
    void updateComparable();
    void compareWith(int index);
    void showTab(std::size_t index);
    void closeTab(std::size_t index);
    std::size_t addTab(ValueId value);
    void updateTabTitles();

    std::vector<Tab> m_tabs;
    std::size_t m_shown = 0;
    bool m_isChosen = false;   // the first tab's value, by the user: it stays while the session moves
    bool m_wasActive = false;  // when the session changed last
    std::uint64_t m_stamp = 0; // counts states of the session
    std::vector<std::pair<ValueId, const TensorPage*>> m_comparable; // a value, or a pinned page
    ValueId m_compareValue;                                          // that was asked for to compare with
    ValueSelector* m_selector;
    QTabBar* m_bar;
    QStackedWidget* m_pages;
    ContentOrEmpty* m_stack;
};

} // namespace orrery::panels
