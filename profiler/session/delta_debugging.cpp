// SPDX-License-Identifier: Apache-2.0
//
// Delta debugging: Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002. The nodes
// are cut into pieces, first halves, then ever smaller ones; each is left out in turn, and what still fails
// goes on. O(log n) questions when one node matters, O(n²) at worst.
#include "profiler/session/delta_debugging.h"

#include <algorithm>

namespace orrery::session {

std::optional<Nodes> growUntilItFails(const Nodes& core, Nodes before, const Question& ask)
{
    Nodes nodes = core;
    for (std::size_t more = 1;; more *= 2) {
        Answer answer = ask(nodes);
        if (answer == Answer::Fails)
            return nodes;
        if (answer == Answer::Stop || before.empty())
            return std::nullopt;
        auto from = before.end() - static_cast<std::ptrdiff_t>(std::min(more, before.size()));
        nodes.insert(nodes.begin(), from, before.end());
        before.erase(from, before.end());
    }
}

Nodes reduceWhileItFails(Nodes nodes, const Question& ask)
{
    std::size_t pieces = 2;
    while (nodes.size() > 1) {
        pieces = std::min(pieces, nodes.size());
        std::size_t length = (nodes.size() + pieces - 1) / pieces;
        bool less = false;
        for (std::size_t begin = 0; begin < nodes.size() && !less; begin += length) {
            auto first = nodes.begin() + static_cast<std::ptrdiff_t>(begin);
            auto last = nodes.begin() + static_cast<std::ptrdiff_t>(std::min(begin + length, nodes.size()));
            Nodes rest(nodes.begin(), first);
            rest.insert(rest.end(), last, nodes.end());
            Answer answer = ask(rest);
            if (answer == Answer::Stop)
                return nodes;
            if (answer == Answer::Fails) {
                nodes = std::move(rest);
                less = true;
            }
        }
        if (less)
            pieces = std::max<std::size_t>(pieces - 1, 2);
        else if (length == 1)
            break;
        else
            pieces *= 2;
    }
    return nodes;
}

} // namespace orrery::session
