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

Result<SavedModel> saveModelFile(std::shared_ptr<const graph::Model> model, const std::string& path,
                                 ExternalTensors external)
{
    SavedModel saved;
    static_cast<WrittenModel&>(saved) = TRY(writeModelFile(*model, path, external));
    auto asRead = formats::readModel(path);
    if (asRead.ok()) {
        saved.asRead = std::make_shared<const graph::Model>(asRead.releaseValue());
        saved.start = edit::startOf(*model, *saved.asRead, *model);
    } else {
        saved.start = asRead.releaseError();
    }
    saved.saved = std::move(model);
    return saved;
}

} // namespace orrery::document
