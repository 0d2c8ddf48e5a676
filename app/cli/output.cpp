// SPDX-License-Identifier: Apache-2.0
#include "app/cli/output.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace orrery::cli {
namespace {

int firstError = 0; // of stdout; the command line writes from one thread

void keep(bool failed)
{
    if (failed && firstError == 0)
        firstError = errno;
}

} // namespace

void write(std::string_view text)
{
    if (firstError == 0)
        keep(std::fwrite(text.data(), 1, text.size(), stdout) != text.size());
}

void writeNote(std::string_view text)
{
    // Nobody is left to be told when this fails.
    (void)std::fwrite(text.data(), 1, text.size(), stderr);
}

bool flush()
{
    if (firstError == 0)
        keep(std::fflush(stdout) != 0);
    return firstError == 0;
}

void prepareOutput()
{
    std::signal(SIGPIPE, SIG_IGN);
    int opened = ::open("/dev/null", O_RDWR);
    while (opened >= 0 && opened <= STDERR_FILENO)
        opened = ::open("/dev/null", O_RDWR);
    if (opened > STDERR_FILENO)
        ::close(opened);
}

Result<void> finishOutput()
{
    if (firstError == 0)
        keep(std::fflush(stdout) != 0);
    if (firstError == 0 || firstError == EPIPE)
        return {};
    return Error{ErrorCode::Io, std::strerror(firstError), "standard output"};
}

std::string counted(std::int64_t count, std::string_view singular, std::string_view plural)
{
    return fmt::format("{} {}", count, count == 1 ? singular : plural);
}

} // namespace orrery::cli
