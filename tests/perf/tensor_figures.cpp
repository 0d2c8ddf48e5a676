// SPDX-License-Identifier: Apache-2.0
//
// tensor_figures [MEBIBYTES [ROUNDS]]: how fast statistics, difference and histogram go over float tensors,
// in GB/s of what they read; lowest, median and highest of the rounds, in time of the processor.
#include "engine/debug/tensor_difference.h"
#include "engine/debug/tensor_statistics.h"
#include "tests/perf/spread.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

using namespace orrery;
using graph::Tensor;

namespace {

double processorSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

template<class Work>
void measure(const char* name, std::size_t bytes, int rounds, Work&& work)
{
    std::vector<double> rates;
    double kept = 0; // so that the work is not left out
    for (int i = 0; i < rounds; ++i) {
        double begin = processorSeconds();
        kept += work();
        rates.push_back(static_cast<double>(bytes) / (processorSeconds() - begin) / 1e9);
    }
    std::printf("%-12s %6.2f %6.2f %6.2f GB/s%s\n", name, perf::quantile(rates, 0),
                perf::quantile(rates, 0.5), perf::quantile(rates, 1), kept == 0 ? " " : "");
}

} // namespace

int main(int argc, char** argv)
{
    std::int64_t elements = (argc > 1 ? std::max(1, std::atoi(argv[1])) : 3) * std::int64_t(1 << 18);
    int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 31;
    Tensor a = Tensor::allocate(graph::DataType::Float32, {elements}).releaseValue();
    Tensor b = Tensor::allocate(graph::DataType::Float32, {elements}).releaseValue();
    std::mt19937 random(1);
    for (std::int64_t i = 0; i < elements; ++i) {
        a.mutableData<float>()[i] = static_cast<float>(random() % 2001) - 1000;
        b.mutableData<float>()[i] = a.mutableData<float>()[i] + static_cast<float>(i % 3) * 0.01f;
    }
    std::size_t bytes = a.byteSize();
    measure("statistics", bytes, rounds, [&] { return debug::statistics(a).std; });
    measure("difference", 2 * bytes, rounds, [&] { return debug::difference(a, b)->rms; });
    measure("histogram", bytes, rounds,
            [&] { return static_cast<double>(debug::histogram(a, 64).counts[0]); });
    return 0;
}
