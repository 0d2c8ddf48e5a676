#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// RangeCheck: rangesOf() the open model as edited, in the background, with the inputs that measuring uses.
// The answer is kept until the next check or another model; isOfNow() says whether edits were made since. GUI
// thread.

#include "views/async/task.h"
#include "views/document/value_ranges.h"

#include <QObject>

#include <memory>

namespace orrery::document {

class Document;

class RangeCheck : public QObject {
    Q_OBJECT

public:
    explicit RangeCheck(Document& document);
    ~RangeCheck() override;

    void start();
    void cancel(); // what was known stays
    bool isRunning() const { return m_task.busy(); }
    bool isIdle() const { return !m_task.busy(); }

    std::shared_ptr<const ValueRanges> ranges() const { return m_ranges; } // null: not checked
    bool isOfNow() const;

signals:
    void changed(); // begun, ended, another answer
    void progress(int percent);
    void failed(QString why);

private:
    Document& m_document;
    std::shared_ptr<const ValueRanges> m_ranges;
    std::uint64_t m_state = 0; // of the editor
    std::uint64_t m_question = 0;
    async::Task m_task; // last: its job uses what is above
};

} // namespace orrery::document
