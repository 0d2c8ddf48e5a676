// SPDX-License-Identifier: Apache-2.0
#include "profiler/protocol/channel.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace orrery::protocol {

namespace {

constexpr std::size_t prefixBytes = 4;

Error gone() { return {ErrorCode::RunnerDied, "the other side of the runner's connection is gone", {}}; }

} // namespace

Channel::Channel(int fd)
    : m_fd(fd)
{}

Channel::Channel(Channel&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
    , m_received(std::move(other.m_received))
{}

Channel& Channel::operator=(Channel&& other) noexcept
{
    close();
    m_fd = std::exchange(other.m_fd, -1);
    m_received = std::move(other.m_received);
    return *this;
}

Channel::~Channel() { close(); }

void Channel::close()
{
    if (m_fd >= 0)
        ::close(std::exchange(m_fd, -1));
}

Result<std::pair<Channel, Channel>> Channel::pair()
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return Error{ErrorCode::Io, std::string("no connection for the runner: ") + std::strerror(errno), {}};
    return std::pair(Channel(fds[0]), Channel(fds[1]));
}

Result<void> Channel::send(std::span<const std::byte> message)
{
    if (message.size() > maximumFrameBytes)
        return Error{ErrorCode::LimitReached,
                     "a message of " + std::to_string(message.size()) + " bytes, at most " +
                         std::to_string(maximumFrameBytes) + " may be sent",
                     "runner protocol"};
    auto length = static_cast<std::uint32_t>(message.size());
    std::array<std::byte, prefixBytes> prefix{};
    std::memcpy(prefix.data(), &length, prefixBytes);
    for (std::span<const std::byte> rest : {std::span<const std::byte>(prefix), message}) {
        while (!rest.empty()) {
            ssize_t sent = ::send(m_fd, rest.data(), rest.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent <= 0)
                return gone();
            rest = rest.subspan(static_cast<std::size_t>(sent));
        }
    }
    return {};
}

Result<std::optional<std::vector<std::byte>>> Channel::receive(int timeoutMs)
{
    using Clock = std::chrono::steady_clock;
    auto deadline = Clock::now() + std::chrono::milliseconds(std::max(timeoutMs, 0));
    for (;;) {
        std::size_t wanted = prefixBytes;
        if (m_received.size() >= prefixBytes) {
            std::uint32_t length = 0;
            std::memcpy(&length, m_received.data(), prefixBytes);
            if (length > maximumFrameBytes)
                return Error{ErrorCode::Internal, "a frame that claims " + std::to_string(length) + " bytes",
                             "runner protocol"};
            wanted += length;
            if (m_received.size() == wanted) {
                std::vector<std::byte> message(m_received.begin() + prefixBytes, m_received.end());
                m_received.clear();
                return std::optional(std::move(message));
            }
        }
        int wait = -1;
        if (timeoutMs >= 0)
            wait = static_cast<int>(std::max<std::int64_t>(
                0, std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count()));
        pollfd poller{m_fd, POLLIN, 0};
        int ready = ::poll(&poller, 1, wait);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0)
            return std::optional<std::vector<std::byte>>();
        std::array<std::byte, 65536> buffer;
        ssize_t count = ::recv(m_fd, buffer.data(), std::min(buffer.size(), wanted - m_received.size()), 0);
        if (count < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (count <= 0)
            return gone();
        m_received.insert(m_received.end(), buffer.begin(), buffer.begin() + count);
    }
}

} // namespace orrery::protocol
