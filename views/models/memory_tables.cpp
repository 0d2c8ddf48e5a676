// SPDX-License-Identifier: Apache-2.0
#include "views/models/memory_tables.h"

#include "engine/base/text.h"

namespace orrery::models {
namespace {

const QString dash = QStringLiteral("–");

QString bytes(std::int64_t count) { return QString::fromStdString(formatBytes(count)); }
QString duration(double ns)
{
    return ns < 0 ? dash : QString::fromStdString(formatDurationNs(std::int64_t(ns)));
}
QString difference(std::int64_t a, std::int64_t b)
{
    if (a == b)
        return dash;
    return b > a ? "+" + bytes(b - a) : QStringLiteral("−") + bytes(a - b);
}

// A column of numbers: most are the same but for two functions.
template<class R>
Column<R> number(const QString& title, const QString& toolTip, int width,
                 std::function<QString(const R&)> text, std::function<double(const R&)> key,
                 std::function<double(const R&)> bar = {})
{
    return {title,
            toolTip,
            Align::Right,
            std::move(text),
            [key = std::move(key)](const R& r) { return SortKey(key(r)); },
            std::move(bar),
            {},
            width};
}

template<class R>
Column<R> words(const QString& title, const QString& toolTip, int width, QString R::*member)
{
    return {title,
            toolTip,
            Align::Left,
            [member](const R& r) { return r.*member; },
            {},
            {},
            [member](const R& r) { return r.*member; },
            width};
}

} // namespace

std::vector<Column<AliveRow>> aliveColumns()
{
    using R = AliveRow;
    return {
        words<R>("Value", "What the buffer holds", 22, &R::value),
        number<R>(
            "Bytes", "Size of the buffer", 10, [](const R& r) { return bytes(r.row.buffer.bytes); },
            [](const R& r) { return double(r.row.buffer.bytes); }, [](const R& r) { return r.share; }),
        words<R>("Why it is alive", "Who reads it next, from the edges of the graph and the recorded ops", 34,
                 &R::why),
        words<R>("Kind", "What it is for", 11, &R::kind),
        words<R>("Allocated by", "The node that asked for it", 20, &R::node),
        number<R>(
            "Age", "Time since it was allocated", 9, [](const R& r) { return duration(double(r.ageNs)); },
            [](const R& r) { return double(r.ageNs); }),
        number<R>(
            "Freed in", "Time until it is freed; a dash: not in what was looked at", 9,
            [](const R& r) { return duration(double(r.leftNs)); },
            [](const R& r) { return double(r.leftNs); }),
    };
}

std::vector<Column<AllocationRow>> allocationColumns()
{
    using R = AllocationRow;
    return {
        words<R>("Node", "The node that asked", 0, &R::node),
        {"Operator",
         "Operator type",
         Align::Left,
         [](const R& r) { return QString::fromStdString(displayText(r.row.opType, 100)); },
         {},
         {},
         {},
         14},
        words<R>("Value", "What the buffers held", 20, &R::value),
        words<R>("Kind", "What they were for", 11, &R::kind),
        number<R>(
            "Count", "Allocations", 8, [](const R& r) { return QString::number(r.row.count); },
            [](const R& r) { return double(r.row.count); }),
        number<R>(
            "Bytes", "Of all allocations together", 11, [](const R& r) { return bytes(r.row.bytes); },
            [](const R& r) { return double(r.row.bytes); }, [](const R& r) { return r.share; }),
        number<R>(
            "Largest", "Of one allocation", 10, [](const R& r) { return bytes(r.row.largestBytes); },
            [](const R& r) { return double(r.row.largestBytes); }),
        number<R>(
            "Temporary", "Bytes that the very call that asked for them gave back", 10,
            [](const R& r) { return r.row.temporaryCount == 0 ? dash : bytes(r.row.temporaryBytes); },
            [](const R& r) { return double(r.row.temporaryBytes); }),
        number<R>(
            "Mean life", "From allocation to free, of those that were freed", 9,
            [](const R& r) {
                return r.row.freedCount == 0 ? dash : duration(r.row.lifetimeNs / double(r.row.freedCount));
            },
            [](const R& r) {
                return r.row.freedCount == 0 ? -1 : r.row.lifetimeNs / double(r.row.freedCount);
            }),
        number<R>(
            "Held", "Bytes not freed up to the end of the range", 10,
            [](const R& r) { return r.row.heldCount == 0 ? dash : bytes(r.row.heldBytes); },
            [](const R& r) { return double(r.row.heldBytes); }),
    };
}

std::vector<Column<StepDifferenceRow>> stepDifferenceColumns()
{
    using R = StepDifferenceRow;
    return {
        words<R>("Node", "The node that asked", 0, &R::name),
        words<R>("Operator", "Operator type", 14, &R::opType),
        number<R>(
            "Count A", "Allocations in step A", 8, [](const R& r) { return QString::number(r.countA); },
            [](const R& r) { return double(r.countA); }),
        number<R>(
            "Count B", "Allocations in step B", 8, [](const R& r) { return QString::number(r.countB); },
            [](const R& r) { return double(r.countB); }),
        number<R>(
            "Bytes A", "Allocated in step A", 10, [](const R& r) { return bytes(r.bytesA); },
            [](const R& r) { return double(r.bytesA); }),
        number<R>(
            "Bytes B", "Allocated in step B", 10, [](const R& r) { return bytes(r.bytesB); },
            [](const R& r) { return double(r.bytesB); }),
        number<R>(
            "B − A", "Allocated in step B more than in step A", 11,
            [](const R& r) { return difference(r.bytesA, r.bytesB); },
            [](const R& r) { return std::abs(double(r.bytesB) - double(r.bytesA)); }),
        number<R>(
            "Held A", "Allocated in step A and live at its end", 10,
            [](const R& r) { return bytes(r.heldA); }, [](const R& r) { return double(r.heldA); }),
        number<R>(
            "Held B", "Allocated in step B and live at its end", 10,
            [](const R& r) { return bytes(r.heldB); }, [](const R& r) { return double(r.heldB); }),
    };
}

} // namespace orrery::models
