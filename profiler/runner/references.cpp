// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/references.h"

#include "engine/formats/npz.h"
#include "engine/formats/tensor_file.h"

#include <filesystem>

namespace orrery::runner {

Result<std::map<std::string, graph::Tensor>>
readReferences(const std::string& path, const graph::Graph& graph, const graph::Root& root)
{
    std::error_code ignored;
    if (!std::filesystem::is_directory(path, ignored))
        return formats::readNpz(path);
    std::map<std::string, graph::Tensor> result;
    for (std::size_t i = 0; i < root.outputs.size(); ++i) {
        std::string file = path + "/output_" + std::to_string(i) + ".pb";
        if (!std::filesystem::exists(file, ignored))
            continue;
        result[graph.value(root.outputs[i]).name] = TRY(formats::readTensor(file));
    }
    if (result.empty())
        return Error{ErrorCode::BadFile, "expected an .npz file or a folder with output_0.pb …", path};
    return result;
}

} // namespace orrery::runner
