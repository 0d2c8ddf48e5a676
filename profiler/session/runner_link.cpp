// SPDX-License-Identifier: Apache-2.0
#include "profiler/session/runner_link.h"

#include "profiler/protocol/codec.h"

namespace orrery::session {

RunnerLink::RunnerLink(protocol::Channel channel, ScratchFolder folder)
    : m_folder(std::move(folder))
    , m_channel(std::move(channel))
{}

RunnerLink::~RunnerLink() = default;

Result<void> RunnerLink::send(const protocol::Command& command)
{
    std::lock_guard lock(m_sendMutex);
    return m_channel.send(protocol::encode(command), protocol::descriptorsOf(command));
}

Result<std::optional<protocol::Reply>> RunnerLink::receive(int timeoutMs)
{
    std::vector<protocol::SharedFd> descriptors;
    auto message = TRY(m_channel.receive(timeoutMs, &descriptors));
    if (!message)
        return std::optional<protocol::Reply>();
    return std::optional(TRY(protocol::decodeReply(*message, std::move(descriptors))));
}

void RunnerLink::closeChannel()
{
    std::lock_guard lock(m_sendMutex);
    m_channel.close();
}

} // namespace orrery::session
