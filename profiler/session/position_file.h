#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Where the user put nodes in a picture, kept beside the model with its breakpoints: for each picture (such
// as "dataflow") a name for each thing and its place, in the picture's units, y downwards. What the names
// stand for is the picture's own. Entries that make no sense are left out and counted.

#include "engine/base/problem.h"

#include <map>
#include <string>
#include <vector>

namespace orrery::session {

struct Position {
    double x = 0, y = 0;

    friend bool operator==(const Position&, const Position&) = default;
};
using Positions = std::map<std::string, Position>; // by name

struct SavedPositions {
    Positions positions;
    std::vector<Problem> notes; // what was left out; a file that cannot be understood
};

// Empty when there is no file.
Result<SavedPositions> loadPositions(const std::string& modelPath, const std::string& picture);

// Takes the place of what is there for this picture. Io when the folder cannot be written. No file is made
// for nothing.
Result<void> savePositions(const std::string& modelPath, const std::string& picture,
                           const Positions& positions);

} // namespace orrery::session
