#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Reading a model for the window: file, verification and shape inference in one go, on any thread. Nothing is
// run. The result is immutable.

#include "engine/edit/journal.h"
#include "engine/graph/model.h"
#include "engine/passes/incremental_infer.h"

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace orrery::document {

class Snapshots;

struct LoadedModel {
    std::shared_ptr<const graph::Model> model;    // as in the file
    std::shared_ptr<const graph::Graph> dataflow; // the same graph with every type that could be inferred
    std::vector<Problem> problems;                // of reading, verification and inference; worst first
    std::int64_t parameters = 0;                  // elements of all constants
    std::int64_t parameterBytes = 0;
    edit::FileIdentity file;                     // as it was read; none for an edited model
    std::optional<edit::JournalContent> journal; // that lies beside the file
};

// The dataflow graph with the types that follow from concrete input types, by input name: what a run has
// seen.
std::shared_ptr<const graph::Graph> withInputTypes(const graph::Model& model,
                                                   const std::map<std::string, graph::ValueType>& inputs);

enum class FileKind : std::uint8_t { Model, Trace };

// By content, not by name.
Result<FileKind> fileKind(const std::string& path);

// Of a model under edits, whose inference is there and whose graph has been checked with these problems; the
// last edit has been told to `snapshots`.
std::shared_ptr<const LoadedModel> snapshotOf(const graph::Model& model,
                                              const passes::IncrementalInference& inference,
                                              const std::vector<Problem>& checked, Snapshots& snapshots);
// The same snapshot, sharing its graphs, checked anew.
std::shared_ptr<const LoadedModel> withProblems(const LoadedModel& loaded,
                                                const passes::IncrementalInference& inference,
                                                const std::vector<Problem>& checked);

Result<std::shared_ptr<const LoadedModel>> loadModel(const std::string& path, std::stop_token stop);

} // namespace orrery::document
