#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// WeightPlaces: where the weights of an edited model were put beside it, so that saving it again writes only
// what is not there yet. A tensor is known by its bytes, which are kept as long as they are remembered; a
// file counts as long as it is as it was written. Any thread; one save after the other.

#include "engine/formats/split_weights.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

namespace orrery::document {

class WeightPlaces {
public:
    // A place beside `modelPath` for each tensor, in files that no other model wrote.
    Result<std::vector<graph::ExternalData>> place(const std::string& modelPath,
                                                   const std::vector<graph::Tensor>& tensors);

private:
    struct Stamp {
        std::uint64_t device = 0, inode = 0;
        std::int64_t bytes = 0, seconds = 0, nanoseconds = 0;

        friend bool operator==(const Stamp&, const Stamp&) = default;
    };
    struct Place {
        graph::Tensor tensor;
        graph::ExternalData external;
        std::string path; // of the file
    };
    using Key = std::pair<const std::byte*, std::size_t>;

    static std::optional<Stamp> stampOf(const std::string& path);
    void forgetChangedFiles();

    std::mutex m_mutex;
    std::string m_modelPath; // that all are beside
    std::map<std::string, Stamp> m_files;
    std::map<Key, Place> m_places;
};

} // namespace orrery::document
