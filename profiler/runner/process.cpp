// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/process.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>

namespace orrery::runner {

namespace {

bool isSocket(int fd)
{
    struct stat info {};
    return fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
}

void prepare(const std::string& folder)
{
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    if (std::FILE* score = std::fopen("/proc/self/oom_score_adj", "we")) {
        std::fputs("500", score);
        std::fclose(score);
    }
    if (!folder.empty())
        setenv("TMPDIR", folder.c_str(), 1);
}

} // namespace

int runnerMain(int argc, char** argv, RunnerOptions options)
{
    int fd = -1;
    if (argc >= 3 && std::string_view(argv[1]) == "--channel")
        std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), fd);
    std::string folder;
    if (argc == 5 && std::string_view(argv[3]) == "--folder")
        folder = argv[4];
    if (fd < 0 || !isSocket(fd) || (argc != 3 && folder.empty())) {
        std::fputs("orrery-runner runs models for orrery, which starts it by itself\n", stderr);
        return 2;
    }
    prepare(folder);
    options.isolation = lockIn(folder);
    options.onDisconnect = OnDisconnect::ExitProcess;
    serve(protocol::Channel(fd), options);
    return 0;
}

} // namespace orrery::runner
