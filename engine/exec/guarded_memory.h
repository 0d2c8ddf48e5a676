#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// GuardedMemory: the bytes that a foreign kernel writes to, in pages of their own between a megabyte on each
// side that nobody may touch. The data's end lies as close to that as its alignment of 64 bytes allows: what
// reaches beyond dies at once, in the node that did it. The bytes left over on both sides are filled with a
// pattern, and check() tells whether it is still there.

#include "engine/graph/tensor.h"

#include <memory>
#include <string>
#include <vector>

namespace orrery::exec {

class GuardedMemory {
public:
    GuardedMemory();
    ~GuardedMemory();
    GuardedMemory(const GuardedMemory&) = delete;
    GuardedMemory& operator=(const GuardedMemory&) = delete;

    // Uninitialised; `what` names it in errors: "output \"y\"". LimitReached when memory is short.
    Result<graph::Tensor> allocate(graph::DataType type, graph::Dims dims, std::string what);

    // After the kernel has returned; looks at everything allocated since the last call. RunFailed: "wrote 4
    // bytes past the end of output "y", which has 48".
    Result<void> check();

private:
    class Block;
    struct Watched {
        std::shared_ptr<Block> block;
        std::string what;
    };
    std::vector<Watched> m_watched;
};

} // namespace orrery::exec
