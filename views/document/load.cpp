// SPDX-License-Identifier: Apache-2.0
#include "views/document/load.h"

#include "engine/base/checked_math.h"
#include "engine/formats/format.h"
#include "engine/formats/op_docs.h"
#include "engine/formats/schema_check.h"
#include "engine/graph/verify.h"
#include "engine/passes/call_check.h"
#include "engine/passes/infer.h"
#include "views/document/problem_list.h"
#include "views/document/snapshots.h"

#include <QFile>
#include <QFileInfo>

namespace orrery::document {
namespace {

void countParameters(const graph::Graph& graph, LoadedModel& into)
{
    auto count = [&into](const graph::Tensor& tensor) {
        into.parameters += checkedElementCount(tensor.dims()).value_or(0);
        into.parameterBytes += std::int64_t(graph::byteSizeOf(tensor.type(), tensor.dims()).value_or(0));
    };
    for (std::size_t i = 0; i < graph.valueSlots(); ++i)
        if (const graph::Value& value = graph.value(ValueId(i)); value.alive && value.initializer)
            count(value.initializer->tensor);
    for (NodeId id : graph.liveNodes())
        if (const graph::Node& node = graph.node(id); node.opType == "Constant")
            if (const graph::Tensor* tensor = node.tensorAttribute("value"))
                count(*tensor);
}

} // namespace

std::shared_ptr<const graph::Graph> withInputTypes(const graph::Model& model,
                                                   const std::map<std::string, graph::ValueType>& inputs)
{
    std::map<ValueId, graph::ValueType> byId;
    for (ValueId id : model.graph.main().inputs)
        if (model.graph.contains(id))
            if (auto found = inputs.find(model.graph.value(id).name); found != inputs.end())
                byId[id] = found->second;
    return std::make_shared<const graph::Graph>(
        withTypes(model.graph, passes::inferTypes(model, ops::OpRegistry::builtin(), byId).types));
}

Result<FileKind> fileKind(const std::string& path)
{
    const QString name = QString::fromStdString(path);
    const QFileInfo info(name);
    if (!info.exists())
        return Error{ErrorCode::BadFile, "no such file", path};
    if (!info.isFile())
        return Error{ErrorCode::BadFile, "expected a file, found a folder or device", path};
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorCode::BadFile, "cannot be read: " + file.errorString().toStdString(), path};
    const QByteArray head = file.read(16);
    return head.startsWith("SQLite format 3") ? FileKind::Trace : FileKind::Model;
}

std::shared_ptr<const LoadedModel> snapshotOf(const graph::Model& model,
                                              const passes::IncrementalInference& inference,
                                              const std::vector<Problem>& checked, Snapshots& snapshots)
{
    LoadedModel loaded;
    loaded.dataflow = snapshots.typed(model.graph, inference.types());
    countParameters(model.graph, loaded);
    loaded.model = snapshots.model(model);
    return withProblems(loaded, inference, checked);
}

std::shared_ptr<const LoadedModel> withProblems(const LoadedModel& loaded,
                                                const passes::IncrementalInference& inference,
                                                const std::vector<Problem>& checked)
{
    auto result = std::make_shared<LoadedModel>(loaded);
    ProblemList problems;
    problems.add(loaded.model->loadProblems);
    problems.add(checked);
    problems.add(inference.problems());
    result->problems = std::move(problems).worstFirst();
    return result;
}

Result<std::shared_ptr<const LoadedModel>> loadModel(const std::string& path, std::stop_token stop)
{
    auto cancelled = [&] { return Error{ErrorCode::Cancelled, "loading was cancelled", path}; };
    auto loaded = std::make_shared<LoadedModel>();
    auto model = std::make_shared<graph::Model>(TRY(formats::readModel(path)));
    if (stop.stop_requested())
        return cancelled();
    ProblemList problems;
    problems.add(model->loadProblems);
    problems.add(graph::verify(*model));
    if (stop.stop_requested())
        return cancelled();
    passes::Inference inference = passes::inferTypes(*model, ops::OpRegistry::builtin());
    problems.add(inference.problems);
    problems.add(formats::checkSchemas(*model, inference.types, inference.problems));
    problems.add(passes::checkCalls(*model, ops::OpRegistry::builtin(), formats::checkSchemas));
    loaded->problems = std::move(problems).worstFirst();
    loaded->dataflow = std::make_shared<const graph::Graph>(withTypes(model->graph, inference.types));
    countParameters(model->graph, *loaded);
    formats::opDoc("", "Add", 1); // the first call reads all schemas: here, not while the user waits
    if (auto file = edit::identify(path); file.ok())
        loaded->file = *file;
    if (auto journal = edit::readJournal(edit::journalPath(path)); journal.ok())
        loaded->journal = journal.releaseValue();
    loaded->model = std::move(model);
    return std::shared_ptr<const LoadedModel>(loaded);
}

} // namespace orrery::document
