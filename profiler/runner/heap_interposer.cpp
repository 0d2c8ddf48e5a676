// SPDX-License-Identifier: Apache-2.0
//
// malloc and its kin, as every part of the runner and every library that it loads sees them: they pass on to
// glibc and tell the heap probe. Part of the program orrery-runner itself, because only an executable's own
// symbols come before those of all libraries. A sanitizer brings its own malloc; such a build does not watch
// the heap, and says so.

#include "profiler/record/heap_probe.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)

#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace probe = orrery::record::heap_probe::detail;
using orrery::record::SiteKind;

namespace {

void* mapped(void* hint, std::size_t bytes, int protection, int flags, int fd, off64_t offset,
             const void* caller)
{
    // NOLINTNEXTLINE: the system call returns an address or an error in a long
    void* address = reinterpret_cast<void*>(syscall(SYS_mmap, hint, bytes, protection, flags, fd, offset));
    if (address != MAP_FAILED)
        probe::allocated(address, bytes, SiteKind::Mapping, caller);
    return address;
}

} // namespace

extern "C" {

// glibc's own names for them. NOLINTBEGIN(bugprone-reserved-identifier)
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* address, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
void __libc_free(void* address);
// NOLINTEND(bugprone-reserved-identifier)

void* malloc(std::size_t bytes)
{
    void* address = __libc_malloc(bytes);
    probe::interposed = true;
    probe::allocated(address, bytes, SiteKind::Heap, __builtin_return_address(0));
    return address;
}

void* calloc(std::size_t count, std::size_t bytes)
{
    void* address = __libc_calloc(count, bytes);
    probe::allocated(address, count * bytes, SiteKind::Heap,
                     __builtin_return_address(0)); // it succeeded, so the product did not overflow
    return address;
}

void* realloc(void* address, std::size_t bytes)
{
    // Forgotten first: once it is moved, another thread may be handed the old address.
    std::size_t before = address != nullptr ? malloc_usable_size(address) : 0;
    probe::freed(address, malloc_usable_size);
    void* moved = __libc_realloc(address, bytes);
    if (moved != nullptr)
        probe::allocated(moved, bytes, SiteKind::Heap, __builtin_return_address(0));
    else if (bytes != 0)
        probe::allocated(address, before, SiteKind::Heap, __builtin_return_address(0));
    return moved;
}

void free(void* address)
{
    probe::freed(address, malloc_usable_size);
    __libc_free(address);
}

void* memalign(std::size_t alignment, std::size_t bytes)
{
    void* address = __libc_memalign(alignment, bytes);
    probe::allocated(address, bytes, SiteKind::Heap, __builtin_return_address(0));
    return address;
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes)
{
    void* address = __libc_memalign(alignment, bytes);
    probe::allocated(address, bytes, SiteKind::Heap, __builtin_return_address(0));
    return address;
}

int posix_memalign(void** out, std::size_t alignment, std::size_t bytes)
{
    if (alignment < sizeof(void*) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    void* address = __libc_memalign(alignment, bytes);
    if (address == nullptr)
        return ENOMEM;
    probe::allocated(address, bytes, SiteKind::Heap, __builtin_return_address(0));
    *out = address;
    return 0;
}

void* valloc(std::size_t bytes) { return memalign(static_cast<std::size_t>(sysconf(_SC_PAGESIZE)), bytes); }

void* pvalloc(std::size_t bytes)
{
    auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return memalign(page, (bytes + page - 1) / page * page);
}

void* mmap(void* hint, std::size_t bytes, int protection, int flags, int fd, off_t offset)
{
    return mapped(hint, bytes, protection, flags, fd, offset, __builtin_return_address(0));
}

void* mmap64(void* hint, std::size_t bytes, int protection, int flags, int fd, off64_t offset)
{
    return mapped(hint, bytes, protection, flags, fd, offset, __builtin_return_address(0));
}

int munmap(void* address, std::size_t bytes)
{
    probe::unmapped(address, bytes);
    return static_cast<int>(syscall(SYS_munmap, address, bytes));
}

void* mremap(void* address, std::size_t before, std::size_t after, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    void* target = (flags & MREMAP_FIXED) != 0 ? va_arg(rest, void*) : nullptr;
    va_end(rest);
    // NOLINTNEXTLINE: as in mmap
    void* moved = reinterpret_cast<void*>(syscall(SYS_mremap, address, before, after, flags, target));
    if (moved != MAP_FAILED) {
        probe::unmapped(address, before);
        probe::allocated(moved, after, SiteKind::Mapping, __builtin_return_address(0));
    }
    return moved;
}

} // extern "C"

#endif
