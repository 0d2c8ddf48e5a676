// SPDX-License-Identifier: Apache-2.0
//
// record_model MODEL TRACE RUNS: records a model through a runner process; the program that tests kill
// half-way.
#include "profiler/session/session.h"

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv)
{
    using namespace orrery;
    if (argc != 4)
        return 2;
    auto session = session::Session::open(argv[1], {});
    if (!session.ok()) {
        std::fprintf(stderr, "%s\n", session.error().text().c_str());
        return 3;
    }
    session::RunRequest request;
    request.tracePath = argv[2];
    request.runs = static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10));
    auto outcome = (*session)->run(request);
    if (outcome.error)
        std::fprintf(stderr, "%s\n", outcome.error->text().c_str());
    return outcome.error ? 1 : 0;
}
