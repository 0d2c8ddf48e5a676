// SPDX-License-Identifier: Apache-2.0
#include "profiler/record/shared_ring.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace orrery::record {

namespace {

std::size_t bytesFor(std::uint32_t slots)
{
    return ringHeaderBytes + static_cast<std::size_t>(slots) * sizeof(Event);
}

bool slotsAllowed(std::uint32_t slots)
{
    return slots >= ringMinimumSlots && slots <= ringMaximumSlots && std::has_single_bit(slots);
}

Error ioError(const std::string& path, const std::string& what)
{
    return {ErrorCode::Io, "the event ring could not be " + what + ": " + std::strerror(errno), path};
}

Error damagedFile(const std::string& path, const std::string& what)
{
    return {ErrorCode::BadFile, "this is no event ring: " + what, path};
}

} // namespace

Result<std::unique_ptr<SharedRing>> SharedRing::map(const std::string& path, int fd, std::size_t bytes)
{
    std::unique_ptr<SharedRing> ring(new SharedRing);
    ring->m_path = path;
    ring->m_fd = fd;
    int flags = fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    void* mapping = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (mapping == MAP_FAILED)
        return ioError(path, "mapped");
#ifdef MADV_POPULATE_WRITE
    // The first touch of a page costs as much as recording a hundred events: take it before the run. A kernel
    // without this advice (before Linux 5.14) takes it during the first round through the ring.
    madvise(mapping, bytes, MADV_POPULATE_WRITE);
#endif
    ring->m_mapping = mapping;
    ring->m_bytes = bytes;
    ring->m_header = static_cast<RingHeader*>(mapping);
    ring->m_data = reinterpret_cast<Event*>(static_cast<std::byte*>(mapping) + ringHeaderBytes);
    return ring;
}

Result<std::unique_ptr<SharedRing>> SharedRing::create(const std::string& path, std::uint32_t slots,
                                                       std::int64_t runId)
{
    if (!slotsAllowed(slots))
        return Error{ErrorCode::Usage, "the event ring's size must be a power of two between 64 and 67108864",
                     path};
    // A fresh file, never one that somebody may still have mapped.
    unlink(path.c_str());
    int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return ioError(path, "created");
    auto refuse = [&](Error error) {
        ::close(fd);
        unlink(path.c_str());
        return error;
    };
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return refuse(ioError(path, "locked"));
    int reserved = posix_fallocate(fd, 0, static_cast<off_t>(bytesFor(slots)));
    if (reserved != 0) {
        errno = reserved;
        return refuse(ioError(path, "given its space"));
    }
    auto ring = map(path, fd, bytesFor(slots));
    if (!ring.ok()) {
        unlink(path.c_str());
        return ring.releaseError();
    }
    auto* header = new ((*ring)->m_mapping) RingHeader;
    header->slots = slots;
    header->runId = runId;
    header->consumerPid = getpid();
    header->currentNode = noId;
    (*ring)->m_slots = slots;
    return ring;
}

Result<std::unique_ptr<SharedRing>> SharedRing::anonymous(std::uint32_t slots)
{
    if (!slotsAllowed(slots))
        return Error{
            ErrorCode::Usage, "the event ring's size must be a power of two between 64 and 67108864", {}};
    auto ring = TRY(map({}, -1, bytesFor(slots)));
    auto* header = new (ring->m_mapping) RingHeader;
    header->slots = slots;
    header->currentNode = noId;
    ring->m_slots = slots;
    return ring;
}

Result<UniqueFd> SharedRing::descriptor() const
{
    // Opened anew: a duplicate would share the lock and keep it when this process is gone.
    UniqueFd fd(::open(m_path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid())
        return ioError(m_path, "opened");
    return fd;
}

Result<std::unique_ptr<SharedRing>> SharedRing::open(const std::string& path)
{
    int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return ioError(path, "opened");
    return adopt(path, fd);
}

Result<std::unique_ptr<SharedRing>> SharedRing::open(const UniqueFd& descriptor)
{
    int fd = fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return ioError({}, "opened");
    return adopt({}, fd);
}

Result<std::unique_ptr<SharedRing>> SharedRing::adopt(const std::string& path, int fd)
{
    struct stat info {};
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) ||
        info.st_size < static_cast<off_t>(bytesFor(ringMinimumSlots)) ||
        info.st_size > static_cast<off_t>(bytesFor(ringMaximumSlots))) {
        ::close(fd);
        return damagedFile(path, "its size is " + std::to_string(info.st_size) + " bytes");
    }
    auto ring = TRY(map(path, fd, static_cast<std::size_t>(info.st_size)));
    const RingHeader& header = *ring->m_header;
    if (header.magic != ringMagic)
        return damagedFile(path, "the magic number at byte 0 is missing");
    if (header.version != ringVersion)
        return damagedFile(path, "it has version " + std::to_string(header.version) + ", expected " +
                                     std::to_string(ringVersion));
    std::uint32_t slots = header.slots;
    if (!slotsAllowed(slots) || bytesFor(slots) != ring->m_bytes)
        return damagedFile(path, "its header says " + std::to_string(slots) + " slots, its size is " +
                                     std::to_string(ring->m_bytes) + " bytes");
    ring->m_slots = slots;
    return ring;
}

Result<std::unique_ptr<SharedRing>> SharedRing::takeOver(const std::string& path)
{
    auto ring = TRY(open(path));
    if (flock(ring->m_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return Error{ErrorCode::Cancelled, "another program is recording into this trace", path};
        return ioError(path, "locked");
    }
    return ring;
}

SharedRing::~SharedRing()
{
    if (m_mapping)
        munmap(m_mapping, m_bytes);
    if (m_fd >= 0)
        ::close(m_fd);
}

std::size_t SharedRing::peek(std::uint64_t position, std::span<Event> out)
{
    std::uint64_t head = m_header->head.load(std::memory_order_acquire);
    std::uint64_t available = head - position;
    if (head < position || available > m_slots) {
        m_damaged = true;
        return 0;
    }
    std::size_t count = std::min<std::size_t>(available, out.size());
    std::size_t start = position & (m_slots - 1);
    std::size_t first = std::min<std::size_t>(count, m_slots - start);
    std::memcpy(out.data(), m_data + start, first * sizeof(Event));
    std::memcpy(out.data() + first, m_data, (count - first) * sizeof(Event));
    return count;
}

std::uint64_t SharedRing::tail() const { return m_header->tail.load(std::memory_order_acquire); }

void SharedRing::release(std::uint64_t position)
{
    m_header->tail.store(position, std::memory_order_release);
}

void SharedRing::close() { m_header->closed.store(1, std::memory_order_release); }

CurrentOp SharedRing::currentOp() const
{
    return {m_header->currentNode.load(std::memory_order_acquire),
            m_header->currentStep.load(std::memory_order_relaxed),
            m_header->currentBeginTicks.load(std::memory_order_relaxed)};
}

ClockParameters SharedRing::clock() const
{
    if (m_header->clockReady.load(std::memory_order_acquire) == 0)
        return {};
    ClockParameters parameters = m_header->clock;
    return parameters.plausible() ? parameters : ClockParameters{};
}

void SharedRing::remove()
{
    if (!m_path.empty())
        unlink(m_path.c_str());
}

} // namespace orrery::record
