// SPDX-License-Identifier: Apache-2.0
#include "profiler/protocol/tensor_block.h"

#include "engine/base/checked_math.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace orrery::protocol {

namespace {

constexpr std::uint64_t alignment = 64;
constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

Error systemError(const char* what)
{
    return {errno == ENOMEM || errno == ENOSPC ? ErrorCode::LimitReached : ErrorCode::Io,
            std::string(what) + ": " + std::strerror(errno), "shared tensors"};
}

Error malformed() { return {ErrorCode::Internal, "tensors that do not fit their memory", "runner protocol"}; }

struct Mapping {
    void* address = MAP_FAILED;
    std::size_t bytes = 0;
    ~Mapping()
    {
        if (address != MAP_FAILED)
            munmap(address, bytes);
    }
};

Result<void> writeAll(int fd, const graph::Tensor& tensor, std::uint64_t offset)
{
    for (std::size_t written = 0; written < tensor.byteSize();) {
        ssize_t count = pwrite(fd, tensor.bytes() + written, tensor.byteSize() - written,
                               static_cast<off_t>(offset + written));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return systemError("a tensor could not be shared");
        written += static_cast<std::size_t>(count);
    }
    return {};
}

// The limit on the size of files is for the disk; this is memory, though the kernel counts it alike.
class FileLimitLifted {
public:
    FileLimitLifted()
    {
        if (getrlimit(RLIMIT_FSIZE, &m_before) != 0)
            return;
        rlimit lifted = m_before;
        lifted.rlim_cur = lifted.rlim_max;
        m_isLifted = setrlimit(RLIMIT_FSIZE, &lifted) == 0;
    }
    ~FileLimitLifted()
    {
        if (m_isLifted)
            setrlimit(RLIMIT_FSIZE, &m_before);
    }
    FileLimitLifted(const FileLimitLifted&) = delete;
    FileLimitLifted& operator=(const FileLimitLifted&) = delete;

private:
    rlimit m_before{};
    bool m_isLifted = false;
};

} // namespace

Result<TensorBlock> pack(std::span<const graph::Tensor> tensors)
{
    TensorBlock block;
    std::uint64_t end = 0;
    for (const graph::Tensor& tensor : tensors) {
        TensorInfo info;
        info.type = tensor.type();
        info.dims = tensor.dims();
        if (tensor.type() == graph::DataType::String)
            info.strings = tensor.strings();
        info.offset = end;
        end += (tensor.byteSize() + alignment - 1) / alignment * alignment;
        block.tensors.push_back(std::move(info));
    }
    if (end == 0)
        return block;
    const FileLimitLifted lifted;
    auto memory = std::make_shared<UniqueFd>(memfd_create("tensors", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!memory->valid() || ftruncate(memory->get(), static_cast<off_t>(end)) != 0)
        return systemError("no memory to share tensors");
    for (std::size_t i = 0; i < tensors.size(); ++i)
        TRY(writeAll(memory->get(), tensors[i], block.tensors[i].offset));
    if (fcntl(memory->get(), F_ADD_SEALS, seals) != 0)
        return systemError("shared tensors could not be sealed");
    block.memory = std::move(memory);
    return block;
}

Result<std::vector<graph::Tensor>> unpack(const TensorBlock& block)
{
    auto mapping = std::make_shared<Mapping>();
    if (block.memory) {
        struct stat info {};
        int found = fcntl(block.memory->get(), F_GET_SEALS);
        if (found < 0 || (found & seals) != seals || fstat(block.memory->get(), &info) != 0)
            return malformed();
        mapping->bytes = static_cast<std::size_t>(info.st_size);
        mapping->address = mmap(nullptr, mapping->bytes, PROT_READ, MAP_SHARED, block.memory->get(), 0);
        if (mapping->address == MAP_FAILED)
            return systemError("shared tensors could not be mapped");
    }
    std::vector<graph::Tensor> tensors;
    for (const TensorInfo& info : block.tensors) {
        if (info.type == graph::DataType::Undefined) {
            tensors.emplace_back();
            continue;
        }
        auto count = checkedElementCount(info.dims);
        auto bytes = graph::byteSizeOf(info.type, info.dims);
        if (!count || !bytes)
            return malformed();
        if (info.type == graph::DataType::String) {
            if (static_cast<std::uint64_t>(*count) != info.strings.size())
                return malformed();
            tensors.push_back(graph::Tensor::ofStrings(info.dims, info.strings));
            continue;
        }
        if (*bytes == 0) {
            tensors.push_back(TRY(graph::Tensor::allocate(info.type, info.dims)));
            continue;
        }
        if (info.offset % alignment != 0 || info.offset > mapping->bytes ||
            *bytes > mapping->bytes - info.offset)
            return malformed();
        tensors.push_back(graph::Tensor::borrow(
            info.type, info.dims, static_cast<std::byte*>(mapping->address) + info.offset, mapping));
    }
    return tensors;
}

} // namespace orrery::protocol
