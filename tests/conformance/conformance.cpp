// SPDX-License-Identifier: Apache-2.0
//
// Runs the ONNX backend node cases of Debian's libonnx-testdata through the real program, `orrery run MODEL
// --data DIR
// --compare`, and compares the outcome with a list of the cases that are known to pass. A case that passed
// and does not any more fails the test; one that passes and is not in the list is told, so that the list can
// grow; the rest is listed by reason.
//
// usage: conformance ORRERY CASES_FOLDER PASSING_LIST [--update]
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct Outcome {
    bool pass = false;
    std::string reason; // the program's last line
};

std::string quoted(const std::string& text)
{
    std::string result = "'";
    for (char c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

// Exit status and output of a shell command.
std::pair<int, std::string> shell(const std::string& command)
{
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr)
        return {-1, "cannot start a shell"};
    std::string output;
    std::array<char, 4096> buffer{};
    while (std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
        output.append(buffer.data(), n);
    int status = pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), output};
}

Outcome runCase(const std::string& program, const fs::path& folder)
{
    std::vector<fs::path> sets;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.is_directory())
            sets.push_back(entry.path());
    if (sets.empty())
        return {false, "no data set"};
    for (const fs::path& set : sets) {
        auto [status, output] =
            shell("timeout 120 " + quoted(program) + " run " + quoted((folder / "model.onnx").string()) +
                  " --data " + quoted(set.string()) + " --compare --rtol 1e-3 --atol 1e-7");
        if (status == 0)
            continue;
        while (!output.empty() && output.back() == '\n')
            output.pop_back();
        std::string line =
            output.substr(output.rfind('\n') == std::string::npos ? 0 : output.rfind('\n') + 1);
        return {false, "exit " + std::to_string(status) + ": " + line};
    }
    return {true, {}};
}

// Messages of one kind under one heading: what follows the node's name, without numbers.
std::string kindOf(const std::string& reason)
{
    std::string kind;
    for (char c : reason.substr(0, 160))
        if (std::isdigit(static_cast<unsigned char>(c)) == 0)
            kind += c;
    return kind;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 4) {
        std::cerr << "usage: conformance ORRERY CASES_FOLDER PASSING_LIST [--update]\n";
        return 2;
    }
    std::string program = argv[1];
    fs::path listPath = argv[3];
    bool update = argc > 4 && std::string(argv[4]) == "--update";

    std::vector<fs::path> cases;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(argv[2], failed))
        if (fs::exists(entry.path() / "model.onnx"))
            cases.push_back(entry.path());
    if (cases.empty()) {
        std::cerr << "no cases in " << argv[2] << "; install libonnx-testdata\n";
        return 1;
    }
    std::sort(cases.begin(), cases.end());

    std::vector<Outcome> outcomes(cases.size());
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> workers;
    for (unsigned w = 0; w < std::max(1u, std::thread::hardware_concurrency()); ++w)
        workers.emplace_back([&] {
            for (std::size_t i = next++; i < cases.size(); i = next++)
                outcomes[i] = runCase(program, cases[i]);
        });
    for (std::thread& worker : workers)
        worker.join();

    std::set<std::string> expected;
    std::ifstream list(listPath);
    for (std::string line; std::getline(list, line);)
        if (!line.empty() && line[0] != '#')
            expected.insert(line);

    std::set<std::string> passing;
    std::map<std::string, std::vector<std::string>> reasons;
    std::vector<std::string> regressions;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        std::string name = cases[i].filename().string();
        if (outcomes[i].pass) {
            passing.insert(name);
            continue;
        }
        reasons[kindOf(outcomes[i].reason)].push_back(name);
        if (expected.contains(name))
            regressions.push_back(name + ": " + outcomes[i].reason);
    }
    for (const std::string& name : expected)
        if (!fs::exists(fs::path(argv[2]) / name))
            regressions.push_back(name + ": the case is gone from " + argv[2]);

    for (const auto& [reason, names] : reasons) {
        std::cout << names.size() << " not passing: " << reason << "\n   ";
        for (const std::string& name : names)
            std::cout << " " << name;
        std::cout << "\n";
    }
    std::vector<std::string> unlisted;
    std::set_difference(passing.begin(), passing.end(), expected.begin(), expected.end(),
                        std::back_inserter(unlisted));
    std::cout << passing.size() << " of " << cases.size() << " cases pass\n";
    if (update) {
        std::ofstream out(listPath);
        out << "# Cases of libonnx-testdata that pass; made by `conformance ... --update`.\n";
        for (const std::string& name : passing)
            out << name << "\n";
        return 0;
    }
    for (const std::string& name : unlisted)
        std::cout << "passes but is not listed: " << name << "\n";
    for (const std::string& line : regressions)
        std::cout << "REGRESSION " << line << "\n";
    return regressions.empty() ? 0 : 1;
}
