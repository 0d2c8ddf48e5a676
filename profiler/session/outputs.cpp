// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/outputs.h"

#include "engine/base/checked_math.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace orrery::session {

namespace {

struct File {
    int fd = -1;
    ~File()
    {
        if (fd >= 0)
            ::close(fd);
    }
};

Error malformed(const protocol::OutputInfo& info)
{
    return {ErrorCode::Internal, "the runner handed over less than it said", "output \"" + info.name + "\""};
}

Result<graph::Tensor> readTensor(int fd, std::uint64_t fileBytes, const protocol::OutputInfo& info)
{
    auto size = graph::byteSizeOf(info.type, info.dims);
    if (!size)
        return malformed(info);
    if (info.type == graph::DataType::String) {
        if (static_cast<std::uint64_t>(*checkedElementCount(info.dims)) != info.strings.size())
            return malformed(info);
        return graph::Tensor::ofStrings(info.dims, info.strings);
    }
    if (info.offset > fileBytes || *size > fileBytes - info.offset)
        return malformed(info);
    auto tensor = TRY(graph::Tensor::allocate(info.type, info.dims));
    for (std::size_t read = 0; read < *size;) {
        ssize_t count =
            ::pread(fd, tensor.mutableBytes() + read, *size - read, static_cast<off_t>(info.offset + read));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return malformed(info);
        read += static_cast<std::size_t>(count);
    }
    return tensor;
}

} // namespace

Result<std::vector<NamedTensor>> readOutputs(const std::string& path,
                                             std::span<const protocol::OutputInfo> outputs)
{
    File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    struct stat info {};
    if (file.fd < 0 || fstat(file.fd, &info) != 0 || !S_ISREG(info.st_mode))
        return Error{ErrorCode::Io, "the outputs could not be read", path};
    std::vector<NamedTensor> tensors;
    for (const auto& output : outputs)
        tensors.push_back(
            {output.name, TRY(readTensor(file.fd, static_cast<std::uint64_t>(info.st_size), output))});
    return tensors;
}

} // namespace orrery::session
