// SPDX-License-Identifier: Apache-2.0
#include "views/document/problem_list.h"

#include <algorithm>

namespace orrery::document {

void ProblemList::add(const std::vector<Problem>& problems)
{
    for (const Problem& problem : problems)
        if (m_known.insert(problem.code + '\n' + std::to_string(problem.nodeId.value) + '\n' + problem.text)
                .second)
            m_problems.push_back(problem);
}

std::vector<Problem> ProblemList::worstFirst() &&
{
    std::stable_sort(m_problems.begin(), m_problems.end(),
                     [](const Problem& a, const Problem& b) { return a.severity > b.severity; });
    return std::move(m_problems);
}

} // namespace orrery::document
