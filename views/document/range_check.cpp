// SPDX-License-Identifier: Apache-2.0
#include "views/document/range_check.h"

#include "engine/base/text.h"
#include "views/document/document.h"

namespace orrery::document {
namespace {

constexpr double longestNodeSeconds = 120;

} // namespace

RangeCheck::RangeCheck(Document& document)
    : QObject(&document)
    , m_document(document)
{
    connect(&document, &Document::contentChanged, this, [this] {
        if (m_document.model() && m_ranges)
            return; // the same one, saved
        cancel();
        m_ranges.reset();
        emit changed();
    });
}

RangeCheck::~RangeCheck() = default;

bool RangeCheck::isOfNow() const { return m_ranges && m_state == m_document.editor().state(); }

void RangeCheck::cancel()
{
    if (!m_task.busy())
        return;
    ++m_question;
    m_task.cancel();
    emit changed();
}

void RangeCheck::start()
{
    if (!m_document.model())
        return;
    const DebugSettings& settings = m_document.debugger().settings();
    RangeOptions options;
    options.threads = settings.threads;
    options.customOps = settings.customOps;
    options.inputs = settings.inputs;
    options.inputShapes = settings.inputShapes;
    options.timeLimitSeconds = longestNodeSeconds;
    const std::uint64_t question = ++m_question;
    auto tell = [this, question, told = -1](int percent) mutable {
        if (std::exchange(told, percent) == percent)
            return;
        QMetaObject::invokeMethod(
            this,
            [this, question, percent] {
                if (question == m_question)
                    emit progress(percent);
            },
            Qt::QueuedConnection);
    };
    m_task.submit([model = m_document.model()->model, options,
                   tell](std::stop_token stop) { return rangesOf(*model, options, stop, tell); },
                  [this, state = m_document.editor().state()](Result<ValueRanges> found) {
                      if (found.ok()) {
                          m_ranges = std::make_shared<const ValueRanges>(found.releaseValue());
                          m_state = state;
                      } else {
                          emit failed(QString::fromStdString(displayText(found.error().text(), 500)));
                      }
                      emit changed();
                  });
    emit changed();
}

} // namespace orrery::document
