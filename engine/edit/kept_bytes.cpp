// SPDX-License-Identifier: Apache-2.0
#include "engine/edit/kept_bytes.h"

#include <algorithm>

namespace orrery::edit {
namespace {

using graph::SetInitializer;
using graph::Tensor;

// Groups in groups, as deep as edits may be; inside of a function's body ids are of another graph.
template<class Edit, class Visit>
void visitSetInitializers(Edit& edit, Visit& visit)
{
    if (auto* set = std::get_if<SetInitializer>(&edit.kind))
        visit(*set);
    else if (auto* group = std::get_if<graph::Group>(&edit.kind))
        for (auto& inner : group->edits)
            visitSetInitializers(inner, visit);
}

const Tensor* tensorOf(const graph::Model& model, ValueId id)
{
    if (!model.graph.contains(id) || !model.graph.value(id).initializer)
        return nullptr;
    return &model.graph.value(id).initializer->tensor;
}

bool isAlike(const Tensor& a, const Tensor& b) { return a.type() == b.type() && a.dims() == b.dims(); }

} // namespace

std::optional<KeptBytes> withoutKeptBytes(const graph::Model& model, const graph::Edit& edit)
{
    std::vector<std::uint32_t> kept;
    std::uint32_t count = 0;
    auto find = [&](const SetInitializer& set) {
        const Tensor* now = tensorOf(model, set.value);
        if (now != nullptr && set.initializer && now->bytes() != nullptr &&
            now->bytes() == set.initializer->tensor.bytes() && isAlike(*now, set.initializer->tensor))
            kept.push_back(count);
        ++count;
    };
    visitSetInitializers(edit, find);
    if (kept.empty())
        return std::nullopt;
    KeptBytes record{edit, std::move(kept)};
    count = 0;
    auto next = record.kept.begin();
    auto leaveOut = [&](SetInitializer& set) {
        if (next != record.kept.end() && *next == count) {
            Tensor& tensor = set.initializer->tensor;
            tensor = Tensor::borrow(tensor.type(), tensor.dims(), nullptr);
            ++next;
        }
        ++count;
    };
    visitSetInitializers(record.edit, leaveOut);
    return record;
}

Result<graph::Edit> withKeptBytes(const graph::Model& model, const KeptBytes& record)
{
    graph::Edit edit = record.edit;
    std::uint32_t count = 0;
    std::size_t found = 0;
    auto fill = [&](SetInitializer& set) {
        if (!std::binary_search(record.kept.begin(), record.kept.end(), count++) || !set.initializer)
            return;
        const Tensor* now = tensorOf(model, set.value);
        if (now == nullptr || !isAlike(*now, set.initializer->tensor))
            return;
        set.initializer->tensor = *now;
        ++found;
    };
    visitSetInitializers(edit, fill);
    if (found != record.kept.size())
        return Error{ErrorCode::BadFile, "a record counts on numbers that the model does not have", {}};
    return edit;
}

} // namespace orrery::edit
