#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What all parts of one reading share: limits, external files, and the list of problems, which is capped so
// that a hostile file cannot make millions.

#include "engine/base/problem.h"
#include "engine/formats/external_data.h"
#include "engine/formats/format.h"

namespace orrery::formats {

class ReadContext {
public:
    ReadContext(const ReadLimits& readLimits, std::string folder)
        : limits(readLimits)
        , files(std::move(folder))
    {}

    void report(Problem problem)
    {
        if (m_problems.size() < maxProblems)
            m_problems.push_back(std::move(problem));
        else
            ++m_dropped;
    }
    std::vector<Problem> takeProblems();

    ReadLimits limits;
    ExternalFiles files;

private:
    static constexpr std::size_t maxProblems = 1'000;
    std::vector<Problem> m_problems;
    std::size_t m_dropped = 0;
};

} // namespace orrery::formats
