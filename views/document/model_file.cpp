// SPDX-License-Identifier: Apache-2.0
#include "views/document/model_file.h"

#include "engine/formats/format.h"

namespace orrery::document {
namespace {

graph::Model withTensorsInside(const graph::Model& model)
{
    graph::Model inside = model;
    for (std::size_t i = 0; i < inside.graph.valueSlots(); ++i)
        if (auto& initializer = inside.graph.value(ValueId(i)).initializer;
            initializer && initializer->external && initializer->tensor.bytes() != nullptr)
            initializer->external.reset();
    return inside;
}

} // namespace

Result<WrittenModel> writeModelFile(const graph::Model& model, const std::string& path,
                                    ExternalTensors external)
{
    WrittenModel written;
    if (external == ExternalTensors::Inside)
        TRY(formats::writeModel(withTensorsInside(model), path, {}, &written.problems));
    else
        TRY(formats::writeModel(model, path, {}, &written.problems));
    written.file = TRY(edit::identify(path));
    return written;
}

} // namespace orrery::document
