// SPDX-License-Identifier: Apache-2.0
#include "views/document/model_file.h"

#include "engine/edit/storage.h"
#include "engine/formats/file_io.h"
#include "engine/formats/format.h"
#include "engine/formats/model_text.h"
#include "views/document/weight_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace orrery::document {
namespace {

template<class Graph, class Visit>
void visitInGraph(Graph& graph, Visit visit)
{
    for (std::size_t i = 0; i < graph.regionSlots(); ++i)
        if (graph.region(RegionId(i)).alive)
            for (ValueId id : graph.region(RegionId(i)).initializers)
                visit(*graph.value(id).initializer);
}

// Of a model, const or not.
template<class Model, class Visit>
void visitInitializers(Model& model, Visit visit)
{
    visitInGraph(model.graph, visit);
    for (auto& function : model.functions)
        visitInGraph(function.body, visit);
}

graph::Model withTensorsInside(const graph::Model& model)
{
    graph::Model inside = model;
    visitInitializers(inside, [](graph::Initializer& initializer) {
        if (initializer.tensor.bytes() != nullptr || initializer.tensor.byteSize() == 0)
            initializer.external.reset();
    });
    return inside;
}

Result<WrittenModel> written(const graph::Model& model, const std::string& path)
{
    WrittenModel result;
    TRY(formats::writeModel(model, path, {}, &result.problems));
    result.file = TRY(edit::identify(path));
    return result;
}

bool isText(const graph::Model& model, const std::string& path)
{
    std::string name = path;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const formats::FormatSpec& format : formats::formats())
        for (const std::string& extension : format.extensions)
            if (name.ends_with(extension))
                return format.name == "onnx_text";
    return model.format == "onnx_text";
}

// Text has a file beside it for all that is too large for text, and nothing else in it.
void tellInText(const graph::Model& model, std::vector<Problem>& problems)
{
    std::size_t count = 0;
    visitInitializers(model, [&](const graph::Initializer& initializer) {
        count += edit::isToBeStoredBeside(initializer) &&
                 formats::hasTextForm(initializer.tensor, formats::TextOptions().inlineElements);
    });
    if (count > 0)
        problems.push_back(
            {Severity::Warning,
             "not-in-text",
             {},
             {},
             fmt::format("ONNX text cannot store small tensors beside it ({} of them); they are in the text",
                         count),
             "save as .onnx to store them beside the model"});
}

bool hasWaiting(const graph::Model& model)
{
    bool found = false;
    visitInitializers(model, [&](const graph::Initializer& initializer) {
        found = found || edit::isToBeStoredBeside(initializer);
    });
    return found;
}

// The copy that is written, of a model with weights that are to be beside it.
Result<graph::Model> withPlaces(const graph::Model& model, const std::string& path, WeightPlaces& places)
{
    graph::Model placed = model;
    const bool isMoved = model.sourcePath.empty() ||
                         !formats::isSameFolder(formats::folderOf(model.sourcePath), formats::folderOf(path));
    std::vector<graph::Initializer*> waiting;
    std::vector<graph::Tensor> tensors;
    const graph::Initializer* lost = nullptr;
    visitInitializers(placed, [&](graph::Initializer& initializer) {
        if (!initializer.external)
            return;
        if (edit::isToBeStoredBeside(initializer) && edit::canBeStoredBeside(initializer.tensor)) {
            waiting.push_back(&initializer);
            tensors.push_back(initializer.tensor);
        } else if (edit::isToBeStoredBeside(initializer) || isMoved) {
            if (initializer.tensor.bytes() == nullptr && initializer.tensor.byteSize() > 0)
                lost = &initializer;
            initializer.external.reset();
        }
    });
    if (lost != nullptr) // the writer names it
        return placed;
    const std::vector<graph::ExternalData> found = TRY(places.place(path, tensors));
    for (std::size_t i = 0; i < waiting.size(); ++i)
        waiting[i]->external = found[i];
    placed.sourcePath = path;
    return placed;
}

} // namespace

Result<WrittenModel> writeModelFile(const graph::Model& model, const std::string& path)
{
    return written(withTensorsInside(model), path);
}

Result<SavedModel> saveModelFile(std::shared_ptr<const graph::Model> model, const std::string& path,
                                 WeightPlaces& places)
{
    SavedModel saved;
    std::shared_ptr<const graph::Model> copy = model;
    if (isText(*model, path))
        tellInText(*model, saved.problems);
    else if (hasWaiting(*model))
        copy = std::make_shared<const graph::Model>(TRY(withPlaces(*model, path, places)));
    WrittenModel file = TRY(written(*copy, path));
    saved.problems.insert(saved.problems.end(), file.problems.begin(), file.problems.end());
    saved.file = file.file;
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
