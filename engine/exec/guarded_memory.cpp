// SPDX-License-Identifier: Apache-2.0
#include "engine/exec/guarded_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace orrery::exec {

namespace {

constexpr std::size_t alignment = 64;
// On each side; of address space, not of memory. A row or a channel too many still lands in it.
constexpr std::size_t guardBytes = std::size_t{1} << 20;

std::size_t roundUp(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

// Differs from byte to byte, so that no plain fill goes unnoticed; repeats after 256.
std::byte patternAt(std::size_t offset) { return static_cast<std::byte>(0xa5 ^ (offset * 31)); }

const std::byte* pattern()
{
    static const auto table = [] {
        std::array<std::byte, 4096> bytes{};
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = patternAt(i);
        return bytes;
    }();
    return table.data();
}

// Calls with the pieces of [begin, end) and the pattern for each.
template<class F>
void overPieces(std::size_t begin, std::size_t end, F&& call)
{
    for (std::size_t at = begin; at < end;) {
        std::size_t phase = at % 256;
        std::size_t count = std::min<std::size_t>(end - at, 4096 - phase);
        call(at, pattern() + phase, count);
        at += count;
    }
}

} // namespace

// | no access | pattern … data … pattern | no access |
class GuardedMemory::Block {
public:
    static std::shared_ptr<Block> create(std::size_t bytes)
    {
        auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        if (bytes > SIZE_MAX / 2 - 4 * guardBytes)
            return nullptr;
        std::size_t inner = roundUp(std::max<std::size_t>(bytes, 1), page);
        void* mapping = mmap(nullptr, inner + 2 * guardBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapping == MAP_FAILED)
            return nullptr;
        std::shared_ptr<Block> block(new Block);
        block->m_mapping = mapping;
        block->m_mappedBytes = inner + 2 * guardBytes;
        block->m_inner = static_cast<std::byte*>(mapping) + guardBytes;
        block->m_innerBytes = inner;
        block->m_offset = inner - roundUp(bytes, alignment);
        block->m_bytes = bytes;
        if (mprotect(block->m_inner, inner, PROT_READ | PROT_WRITE) != 0)
            return nullptr;
        auto fill = [&](std::size_t at, const std::byte* bytesThere, std::size_t count) {
            std::memcpy(block->m_inner + at, bytesThere, count);
        };
        overPieces(0, block->m_offset, fill);
        overPieces(block->m_offset + bytes, inner, fill);
        return block;
    }
    ~Block() { munmap(m_mapping, m_mappedBytes); }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

    std::byte* data() const { return m_inner + m_offset; }
    std::size_t bytes() const { return m_bytes; }

    bool intact() const
    {
        bool same = true;
        auto compare = [&](std::size_t at, const std::byte* expected, std::size_t count) {
            same = same && std::memcmp(m_inner + at, expected, count) == 0;
        };
        overPieces(0, m_offset, compare);
        overPieces(m_offset + m_bytes, m_innerBytes, compare);
        return same;
    }

    // How far from the data the farthest byte is that was written.
    std::size_t writtenBefore() const
    {
        for (std::size_t i = 0; i < m_offset; ++i)
            if (m_inner[i] != patternAt(i))
                return m_offset - i;
        return 0;
    }
    std::size_t writtenBehind() const
    {
        std::size_t end = m_offset + m_bytes;
        for (std::size_t i = m_innerBytes; i > end; --i)
            if (m_inner[i - 1] != patternAt(i - 1))
                return i - end;
        return 0;
    }

private:
    Block() = default;

    void* m_mapping = nullptr;
    std::size_t m_mappedBytes = 0;
    std::byte* m_inner = nullptr; // between the two guards
    std::size_t m_innerBytes = 0;
    std::size_t m_offset = 0; // of the data
    std::size_t m_bytes = 0;
};

GuardedMemory::GuardedMemory() = default;
GuardedMemory::~GuardedMemory() = default;

Result<graph::Tensor> GuardedMemory::allocate(graph::DataType type, graph::Dims dims, std::string what)
{
    auto bytes = graph::byteSizeOf(type, dims);
    auto block = bytes ? Block::create(*bytes) : nullptr;
    if (!block)
        return Error{ErrorCode::LimitReached,
                     fmt::format("no memory for {}, {} {}", what, graph::name(type), graph::dimsText(dims)),
                     {}};
    std::byte* data = block->data();
    m_watched.push_back({block, std::move(what)});
    return graph::Tensor::borrow(type, std::move(dims), data, std::move(block));
}

Result<void> GuardedMemory::check()
{
    std::vector<Watched> watched = std::move(m_watched);
    m_watched.clear();
    for (const auto& [block, what] : watched) {
        if (block->intact())
            continue;
        std::size_t before = block->writtenBefore();
        std::size_t behind = block->writtenBehind();
        return Error{ErrorCode::RunFailed,
                     fmt::format("wrote {} bytes {} of {}, which has {}", behind > 0 ? behind : before,
                                 behind > 0 ? "past the end" : "before the beginning", what, block->bytes()),
                     {}};
    }
    return {};
}

} // namespace orrery::exec
