// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/machine_info.h"

#include <ctime>
#include <fstream>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace orrery::session {

namespace {

std::string firstLine(const char* path)
{
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// What follows the first separator in the first line that begins with `key`.
std::string valueOf(const char* path, const std::string& key, char separator)
{
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        auto at = line.find(separator);
        if (line.compare(0, key.size(), key) != 0 || at == std::string::npos)
            continue;
        std::string value = line.substr(at + 1);
        auto begin = value.find_first_not_of(" \t\"");
        auto end = value.find_last_not_of(" \t\"");
        return begin == std::string::npos ? "" : value.substr(begin, end - begin + 1);
    }
    return {};
}

} // namespace

trace_db::Machine machineInfo(const std::string& versions, const std::string& kernelLevel)
{
    trace_db::Machine machine;
    machine.cpuModel = valueOf("/proc/cpuinfo", "model name", ':');
    cpu_set_t cpus;
    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0)
        machine.cores = CPU_COUNT(&cpus);
    long pages = sysconf(_SC_PHYS_PAGES);
    if (pages > 0)
        machine.memoryBytes = static_cast<std::int64_t>(pages) * sysconf(_SC_PAGESIZE);
    utsname system{};
    if (uname(&system) == 0)
        machine.os =
            valueOf("/etc/os-release", "PRETTY_NAME=", '=') + ", " + system.sysname + " " + system.release;
    machine.versions = versions;
    machine.governor = firstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    machine.kernelLevel = kernelLevel;
    return machine;
}

std::string wallClockText()
{
    std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char text[64];
    std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &local);
    std::string result(text, length);
    if (length > 2)
        result.insert(length - 2, ":");
    return result;
}

} // namespace orrery::session
