// SPDX-License-Identifier: Apache-2.0
#include "views/document/weight_places.h"

#include <set>
#include <sys/stat.h>

namespace orrery::document {

std::optional<WeightPlaces::Stamp> WeightPlaces::stampOf(const std::string& path)
{
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return std::nullopt;
    return Stamp{status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

void WeightPlaces::forgetChangedFiles()
{
    std::erase_if(m_files, [](const auto& file) { return stampOf(file.first) != file.second; });
    std::erase_if(m_places, [this](const auto& place) { return !m_files.contains(place.second.path); });
}

Result<std::vector<graph::ExternalData>> WeightPlaces::place(const std::string& modelPath,
                                                             const std::vector<graph::Tensor>& tensors)
{
    const std::lock_guard lock(m_mutex);
    if (modelPath != m_modelPath) {
        m_files.clear();
        m_places.clear();
        m_modelPath = modelPath;
    }
    forgetChangedFiles();
    const auto keyOf = [](const graph::Tensor& tensor) { return Key(tensor.bytes(), tensor.byteSize()); };
    std::set<Key> seen;
    std::vector<graph::Tensor> written; // tied weights once
    for (const graph::Tensor& tensor : tensors)
        if (!m_places.contains(keyOf(tensor)) && seen.insert(keyOf(tensor)).second)
            written.push_back(tensor);
    if (!written.empty()) {
        formats::WeightsFile file = TRY(formats::writeWeightsBeside(modelPath, written));
        const auto stamp = stampOf(file.path);
        if (!stamp)
            return Error{ErrorCode::Io, "the file of weights is gone again", file.path};
        m_files[file.path] = *stamp;
        for (std::size_t i = 0; i < written.size(); ++i)
            m_places[keyOf(written[i])] = {written[i], std::move(file.places[i]), file.path};
    }
    std::vector<graph::ExternalData> places;
    for (const graph::Tensor& tensor : tensors)
        places.push_back(m_places.at(keyOf(tensor)).external);
    return places;
}

} // namespace orrery::document
