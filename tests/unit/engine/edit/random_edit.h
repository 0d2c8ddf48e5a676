#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Edits as a user in a hurry would make them, and some that only a faulty program would: drawn from a seeded
// generator and the model as it is, so that the same seed makes the same session. Some do not fit and are
// refused; some leave a graph that cannot run.

#include "engine/graph/edit.h"

#include <random>

namespace orrery::tests {

using Random = std::mt19937_64;

Result<graph::Edit> randomEdit(const graph::Model& model, Random& random);

} // namespace orrery::tests
