#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TensorBlock: tensors on their way between session and runner, in memory that both map: the bytes are never
// copied through the channel. The sender fills an anonymous file and seals it against writing and shrinking;
// the receiver checks the seals and every size, so that nobody can pull the memory from under it.

#include "engine/graph/tensor.h"
#include "profiler/protocol/channel.h"

#include <string>
#include <vector>

namespace orrery::protocol {

struct TensorInfo {
    graph::DataType type = graph::DataType::Undefined; // Undefined: a place without a tensor
    graph::Dims dims;
    std::uint64_t offset = 0;
    std::vector<std::string> strings;
};

struct TensorBlock {
    std::vector<TensorInfo> tensors;
    SharedFd memory; // travels beside the message; null when no tensor has bytes
};

Result<TensorBlock> pack(std::span<const graph::Tensor> tensors);
// The tensors hold the mapping; it stays valid after the block and the channel are gone.
Result<std::vector<graph::Tensor>> unpack(const TensorBlock& block);

} // namespace orrery::protocol
