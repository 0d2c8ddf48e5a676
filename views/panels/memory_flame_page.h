#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Flame charts: bytes by the scopes of the graph (those live at the peak, or all that were allocated in the
// range), and memory outside of the engine's tensors by the calls that asked for it.

#include "views/memory/flame_chart.h"
#include "views/panels/empty_state.h"
#include "views/panels/memory_page.h"

#include <QCheckBox>
#include <QComboBox>

namespace orrery::panels {

class MemoryFlamePage final : public MemoryPage {
    Q_OBJECT

public:
    enum class Source : std::uint8_t { ScopeAtPeak, ScopeAllocated, StackAtEnd, StackMost };

    MemoryFlamePage(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme) override;
    void showNode(std::uint32_t node) override { m_chart->showNode(node); }
    bool isIdle() const override { return !m_question.busy(); }

private:
    void factsChanged() override;
    void rangeChanged() override;
    void showEvent(QShowEvent* event) override;
    void ask();
    void show(memory::FlameTree tree);
    Source source() const { return Source(m_source->currentIndex()); }

    QComboBox* m_source;
    QCheckBox* m_weights;
    QLabel* m_text;
    memory::FlameChart* m_chart;
    ContentOrEmpty* m_stack;
    bool m_isStale = true;
    async::TraceQuestion m_question; // last: its job ends first
};

} // namespace orrery::panels
