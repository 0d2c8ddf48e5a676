#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Tensor bytes that live in files beside the model. A location is a relative path that stays inside of the
// model's folder: no "..", no links on the way, a regular file with one name. The folder is opened once and
// files are opened beneath it, so that nothing can be swapped between the check and the use. Bytes are read,
// not mapped: a file that shrinks meanwhile is an error, not a signal. Equal ranges are read once and shared.

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"
#include "engine/graph/graph.h"

#include <map>
#include <memory>
#include <string>
#include <tuple>

namespace orrery::formats {

// The offset and length of the entries; BadFile on a missing location, an unparsable number, or a key given
// twice.
Result<graph::ExternalData> parseExternalData(graph::Metadata entries);

// Empty when the location is acceptable, else what is wrong with it: "it leaves the model's folder".
std::string whyLocationRefused(std::string_view location);

struct SharedBytes {
    std::byte* data = nullptr;
    std::shared_ptr<void> owner;
};

class ExternalFiles {
public:
    explicit ExternalFiles(std::string folder); // empty: every location is refused

    // Exactly `bytes` bytes, 64-byte aligned.
    Result<SharedBytes> read(const graph::ExternalData& external, std::size_t bytes);

private:
    struct File {
        UniqueFd fd;
        std::int64_t size = 0;
    };
    Result<const File*> open(const std::string& location);

    std::string m_folder;
    UniqueFd m_folderFd;
    std::map<std::string, File> m_files;
    std::map<std::tuple<std::string, std::int64_t, std::size_t>, SharedBytes> m_ranges;
    std::int64_t m_fileBytes = 0;
    std::int64_t m_readBytes = 0;
};

} // namespace orrery::formats
