// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/process.h"

#include "engine/custom_ops/operator.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace orrery::runner {

namespace {

constexpr std::size_t inferenceBytes = 4096;

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

// A page of a file in the runner's folder, which outlives it: where a library is that infers.
void noteInference(const std::string& folder)
{
    const int file = open((folder + "/inference").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0)
        return;
    void* page = MAP_FAILED;
    if (ftruncate(file, inferenceBytes) == 0)
        page = mmap(nullptr, inferenceBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED)
        custom_ops::noteInferenceIn({static_cast<char*>(page), inferenceBytes});
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
    if (!folder.empty())
        noteInference(folder);
    options.onDisconnect = OnDisconnect::ExitProcess;
    serve(protocol::Channel(fd), options);
    return 0;
}

} // namespace orrery::runner
