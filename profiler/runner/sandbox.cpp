// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/sandbox.h"

#include "profiler/runner/landlock.h"
#include "profiler/runner/system_call_filter.h"

#include <algorithm>
#include <cstdio>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace orrery::runner {

namespace {

constexpr std::int64_t elsewhereBytes = std::int64_t{1} << 30;
constexpr rlim_t largestFileBytes = rlim_t{16} << 30; // or half of what is free
constexpr rlim_t smallestLimitBytes = rlim_t{1} << 26;
constexpr std::int64_t threadBytes = std::int64_t{16} << 20;
constexpr int versionWithTruncate = 3;

// What counts against RLIMIT_DATA: private memory that can be written.
std::int64_t dataBytes()
{
    long data = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
        if (std::fscanf(file, "%*d %*d %*d %*d %*d %ld", &data) != 1)
            data = 0;
        std::fclose(file);
    }
    return static_cast<std::int64_t>(data) * sysconf(_SC_PAGESIZE);
}

// A file that grows without end must not fill the disk; SIGXFSZ names the node that writes it. What the
// runner itself shares of tensors lies in memory, and lifts the limit (protocol/tensor_block.cpp).
void limitFiles(const std::string& folder)
{
    rlimit limit{};
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return;
    rlim_t most = largestFileBytes;
    struct statvfs disk {};
    if (statvfs(folder.c_str(), &disk) == 0)
        most = std::min<rlim_t>(most, rlim_t{disk.f_bavail} * disk.f_frsize / 2);
    limit.rlim_cur = std::min(limit.rlim_max, std::max(most, smallestLimitBytes));
    setrlimit(RLIMIT_FSIZE, &limit);
}

void append(std::string& list, const char* separator, const std::string& item)
{
    list += (list.empty() ? "" : separator) + item;
}

} // namespace

Isolation lockIn(const std::string& folder)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    rlimit noCore{0, 0};
    setrlimit(RLIMIT_CORE, &noCore);
    limitFiles(folder);

    Isolation isolation;
    int version = landlockVersion();
    bool writes = restrictWrites(version, folder);
    bool calls = filterSystemCalls(version < versionWithTruncate ? Emptying::Refused : Emptying::Allowed);
    if (calls)
        append(isolation.holds, ", ", "no network");
    else
        append(isolation.gaps, "; ",
               "this kernel has no seccomp filter: the network can be used and programs can be started");
    if (writes)
        append(isolation.holds, ", ", "no writes outside of its folder");
    else
        append(isolation.gaps, "; ", "this kernel has no Landlock: files can be written");
    if (writes && !calls && version < versionWithTruncate)
        append(isolation.gaps, "; ", "its Landlock is old: files can be emptied");
    if (calls)
        append(isolation.holds, ", ", "no new programs");
    return isolation;
}

void limitMemory(std::int64_t limitBytes, int threads)
{
    rlimit limit{};
    if (getrlimit(RLIMIT_DATA, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (limitBytes >= 0 && limitBytes < (std::int64_t{1} << 60))
        limit.rlim_cur =
            std::min(limit.rlim_max, static_cast<rlim_t>(dataBytes() + 2 * limitBytes +
                                                         threads * threadBytes + elsewhereBytes));
    setrlimit(RLIMIT_DATA, &limit);
}

} // namespace orrery::runner
