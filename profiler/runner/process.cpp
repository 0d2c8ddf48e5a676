// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/process.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace orrery::runner {

namespace {

bool isSocket(int fd)
{
    struct stat info {};
    return fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
}

void restrict()
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    if (std::FILE* score = std::fopen("/proc/self/oom_score_adj", "we")) {
        std::fputs("500", score);
        std::fclose(score);
    }
}

} // namespace

int runnerMain(int argc, char** argv, RunnerOptions options)
{
    int fd = -1;
    if (argc == 3 && std::string_view(argv[1]) == "--channel")
        std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), fd);
    if (fd < 0 || !isSocket(fd)) {
        std::fputs("orrery-runner runs models for orrery, which starts it by itself\n", stderr);
        return 2;
    }
    restrict();
    options.onDisconnect = OnDisconnect::ExitProcess;
    serve(protocol::Channel(fd), options);
    return 0;
}

} // namespace orrery::runner
