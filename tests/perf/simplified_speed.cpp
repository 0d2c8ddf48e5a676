// SPDX-License-Identifier: Apache-2.0
//
// simplified_speed [--rounds N] MODELS [DATA]: every model below a folder as it is, once more as it is, and
// simplified, run in turns on the same inputs. Of each round the time over that of the model as it is; the
// median and the quartiles of these ratios. The second copy tells what noise alone does.
#include "engine/edit/simplify.h"
#include "tests/peers/real_models.h"
#include "tests/perf/spread.h"

#include <fmt/format.h>

#include <chrono>
#include <cstring>

using namespace orrery;

namespace {

double seconds(exec::Execution& execution, const std::vector<graph::Tensor>& inputs)
{
    const auto begin = std::chrono::steady_clock::now();
    auto started = execution.start(inputs);
    if (!started.ok())
        fmt::print(stderr, "{}\n", started.error().text());
    else if (auto ran = execution.run(); !ran.ok())
        fmt::print(stderr, "{}\n", ran.error().text());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

Result<void> measure(const fs::path& file, const char* data, int rounds)
{
    const graph::Model model = TRY(formats::readModel(file.string()));
    const edit::CleanUp found = TRY(edit::simplify(model, ops::OpRegistry::builtin()));
    const auto inputs = TRY(peers::inputsFor(model, file, data));
    std::vector<std::unique_ptr<exec::Execution>> sides;
    for (const graph::Model* side : {&model, &model, found.after.get()})
        sides.push_back(TRY(peers::prepare(*side, inputs)));
    for (auto& side : sides)
        for (int warm = 0; warm < 3; ++warm)
            seconds(*side, inputs);
    std::vector<double> times, again, simplified;
    for (int round = 0; round < rounds; ++round) {
        double taken[3];
        for (int k = 0; k < 3; ++k) { // each goes first in turn
            const int side = (round + k) % 3;
            taken[side] = seconds(*sides[static_cast<std::size_t>(side)], inputs);
        }
        times.push_back(taken[0] * 1e3);
        again.push_back(taken[1] / taken[0]);
        simplified.push_back(taken[2] / taken[0]);
    }
    using perf::quantile;
    fmt::print(
        "{:<34} {:4} → {:4} nodes {:8.3f} ms  simplified {:.3f} ({:.3f} to {:.3f})  itself again {:.3f} "
        "({:.3f} to {:.3f})\n",
        file.stem() == "model" ? file.parent_path().filename().string() : file.stem().string(),
        found.before.nodes, found.afterwards.nodes, quantile(times, 0.5), quantile(simplified, 0.5),
        quantile(simplified, 0.25), quantile(simplified, 0.75), quantile(again, 0.5), quantile(again, 0.25),
        quantile(again, 0.75));
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    int rounds = 31;
    std::vector<const char*> folders;
    for (int i = 1; i < argc; ++i)
        if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
            rounds = std::max(1, std::atoi(argv[++i]));
        else
            folders.push_back(argv[i]);
    if (folders.empty()) {
        fmt::print(stderr, "usage: simplified_speed [--rounds N] MODELS [DATA]\n");
        return 2;
    }
    for (const fs::path& file : peers::modelFiles(folders[0])) {
        auto measured = measure(file, folders.size() > 1 ? folders[1] : nullptr, rounds);
        if (!measured.ok())
            fmt::print("{}: {}\n", file.string(), measured.error().text());
        std::fflush(stdout);
    }
    return 0;
}
