#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ProblemList: problems from several sources, each kept once, worst first.

#include "engine/base/problem.h"

#include <string>
#include <unordered_set>
#include <vector>

namespace orrery::document {

class ProblemList {
public:
    void add(const std::vector<Problem>& problems);
    // Within one severity in the order in which they were added.
    std::vector<Problem> worstFirst() &&;

private:
    std::vector<Problem> m_problems;
    std::unordered_set<std::string> m_known;
};

} // namespace orrery::document
