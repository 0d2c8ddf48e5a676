#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// MemoryPage: one view of the memory panel. It is given the facts of the run that is shown, the moment, the
// range and the current node, all shared by the pages, and tells what the user chose. Pages ask the trace by
// themselves, off the GUI thread, and only while they are seen.

#include "views/async/trace_question.h"
#include "views/memory/memory_facts.h"
#include "views/theme/theme.h"

#include <QWidget>

#include <memory>
#include <optional>

namespace orrery::panels {

using memory::MemoryFacts;
using trace_db::TimeRange;

class MemoryPage : public QWidget {
    Q_OBJECT

public:
    using QWidget::QWidget;

    virtual void setTheme(const theme::Theme& theme) = 0;
    // Null: nothing to show, the panel shows an empty state instead.
    void setFacts(std::shared_ptr<const MemoryFacts> facts)
    {
        m_facts = std::move(facts);
        m_range = {};
        m_moment.reset();
        factsChanged();
    }
    void setRange(TimeRange range)
    {
        m_range = range;
        rangeChanged();
    }
    void setMoment(std::optional<std::int64_t> ts)
    {
        m_moment = ts;
        momentChanged();
    }
    virtual void showNode(std::uint32_t /*node*/) {} // of the compute graph; noId: none
    virtual bool isIdle() const = 0;

signals:
    void momentChosen(qint64 ts);
    void rangeChosen(orrery::trace_db::TimeRange range);
    void nodeChosen(quint32 node, quint32 value); // either may be noId
    void valueActivated(quint32 value);
    void failed(QString text);

protected:
    virtual void factsChanged() = 0;
    virtual void rangeChanged() = 0;
    virtual void momentChanged() {}
    const std::shared_ptr<const MemoryFacts>& facts() const { return m_facts; }
    const TimeRange& range() const { return m_range; } // empty: the whole run
    const std::optional<std::int64_t>& moment() const { return m_moment; }

private:
    std::shared_ptr<const MemoryFacts> m_facts;
    TimeRange m_range;
    std::optional<std::int64_t> m_moment;
};

} // namespace orrery::panels
