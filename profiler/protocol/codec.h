#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Commands and Replies as bytes. A message is a variant's index and the fields of its struct; anything that
// is not exactly one message (cut short, too long, an unknown kind, a number out of its range) is refused.
// Framing is channel.h's.

#include "profiler/protocol/command.h"

#include <span>

namespace orrery::protocol {

std::vector<std::byte> encode(const Command& command);
std::vector<std::byte> encode(const Reply& reply);
// What travels beside the bytes of a command, in the order in which decodeCommand() takes them.
std::vector<SharedFd> descriptorsOf(const Command& command);
std::vector<SharedFd> descriptorsOf(const Reply& reply);

// Internal error when the bytes are no message.
Result<Command> decodeCommand(std::span<const std::byte> bytes, std::vector<SharedFd> descriptors = {});
Result<Reply> decodeReply(std::span<const std::byte> bytes, std::vector<SharedFd> descriptors = {});

} // namespace orrery::protocol
