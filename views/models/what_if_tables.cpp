// SPDX-License-Identifier: Apache-2.0
#include "views/models/what_if_tables.h"

#include "engine/base/text.h"

namespace orrery::models {
namespace {

QString bytes(std::int64_t count) { return QString::fromStdString(formatBytes(count)); }

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

template<class R>
Column<R> amount(const QString& title, const QString& toolTip, int width, std::int64_t R::*member)
{
    return {title,
            toolTip,
            Align::Right,
            [member](const R& r) { return bytes(r.*member); },
            [member](const R& r) { return SortKey(double(r.*member)); },
            {},
            {},
            width};
}

} // namespace

std::vector<Column<LiveRow>> liveColumns()
{
    auto columns = std::vector<Column<LiveRow>>{
        words<LiveRow>("Value", "What the buffer holds then", 0, &LiveRow::value),
        amount<LiveRow>("Bytes", "Size of the buffer", 9, &LiveRow::bytes),
        words<LiveRow>("Made by", "The node that wrote it", 22, &LiveRow::producer),
        words<LiveRow>("Next read by", "The node that it is kept for", 22, &LiveRow::nextReader),
    };
    columns[1].bar = [](const LiveRow& row) { return row.share; };
    return columns;
}

std::vector<Column<SuggestionRow>> suggestionColumns()
{
    using R = SuggestionRow;
    return {
        {"Saves",
         "Of the predicted peak",
         Align::Right,
         [](const R& r) {
             return QString("%1 (%2 %)").arg(bytes(r.savedBytes)).arg(r.savedPercent, 0, 'f', 1);
         },
         [](const R& r) { return SortKey(double(r.savedBytes)); },
         [](const R& r) { return r.savedPercent / 100; },
         {},
         18},
        amount<R>("Peak after", "Predicted", 9, &R::peakBytes),
        words<R>("What", "What would be done in the compute graph", 0, &R::text),
        words<R>("Cost", "Work or accuracy that it takes", 9, &R::cost),
        words<R>("Results", "Whether any result of the model can change", 12, &R::results),
    };
}

std::vector<Column<HintRow>> hintColumns()
{
    return {words<HintRow>("Hint", "What is done in the compute graph", 12, &HintRow::kind),
            words<HintRow>("Of", "By the names of the compute graph", 0, &HintRow::text)};
}

} // namespace orrery::models
