#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The arena: addresses over time, and how well it is used at the moment that is chosen. It opens on the step
// of the peak; where more boxes are asked for than can be told apart, it says so.

#include "views/memory/arena_map.h"
#include "views/panels/empty_state.h"
#include "views/panels/memory_page.h"

#include <QComboBox>
#include <QTimer>

namespace orrery::panels {

class MemoryArenaPage final : public MemoryPage {
    Q_OBJECT

public:
    MemoryArenaPage(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme) override;
    void showNode(std::uint32_t node) override { m_map->setNode(node); }
    bool isIdle() const override { return !m_timer.isActive() && !m_boxes.busy(); }

private:
    void factsChanged() override;
    void rangeChanged() override;
    void momentChanged() override;
    void showEvent(QShowEvent* event) override;
    void ask();
    void say();

    memory::ArenaMap* m_map;
    QComboBox* m_color;
    QLabel* m_text;
    ContentOrEmpty* m_stack;
    QTimer m_timer; // one question for many steps of a drag
    TimeRange m_asked;
    async::TraceQuestion m_boxes; // last: its job ends first
};

} // namespace orrery::panels
