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

constexpr std::size_t controlBytes = CMSG_SPACE(sizeof(int) * Channel::maximumDescriptors);

Error gone() { return {ErrorCode::RunnerDied, "the other side of the runner's connection is gone", {}}; }

// Descriptors travel with the first byte of the bytes that are sent with them.
ssize_t sendWith(int fd, std::span<const std::byte> bytes, std::span<const SharedFd> descriptors)
{
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<std::byte, controlBytes> control{};
    if (!descriptors.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
        for (std::size_t i = 0; i < descriptors.size(); ++i) {
            int number = descriptors[i]->get();
            std::memcpy(CMSG_DATA(header) + i * sizeof number, &number, sizeof number);
        }
    }
    return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

ssize_t receiveWith(int fd, std::span<std::byte> bytes, std::vector<SharedFd>& descriptors)
{
    iovec part{bytes.data(), bytes.size()};
    alignas(cmsghdr) std::array<std::byte, controlBytes> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t count = ::recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (count < 0)
        return count;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        for (std::size_t at = CMSG_LEN(0); at + sizeof(int) <= header->cmsg_len; at += sizeof(int)) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(header) + (at - CMSG_LEN(0)), sizeof number);
            auto received = std::make_shared<const UniqueFd>(number);
            if (descriptors.size() < Channel::maximumDescriptors)
                descriptors.push_back(std::move(received));
        }
    }
    return count;
}

} // namespace

Channel::Channel(int fd)
    : m_fd(fd)
{}

Channel::Channel(Channel&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
    , m_received(std::move(other.m_received))
    , m_receivedDescriptors(std::move(other.m_receivedDescriptors))
{}

Channel& Channel::operator=(Channel&& other) noexcept
{
    close();
    m_fd = std::exchange(other.m_fd, -1);
    m_received = std::move(other.m_received);
    m_receivedDescriptors = std::move(other.m_receivedDescriptors);
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

Result<void> Channel::send(std::span<const std::byte> message, std::span<const SharedFd> descriptors)
{
    CHECK(descriptors.size() <= maximumDescriptors);
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
            ssize_t sent = sendWith(m_fd, rest, descriptors);
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent <= 0)
                return gone();
            descriptors = {};
            rest = rest.subspan(static_cast<std::size_t>(sent));
        }
    }
    return {};
}

Result<std::optional<std::vector<std::byte>>> Channel::receive(int timeoutMs,
                                                               std::vector<SharedFd>* descriptors)
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
                if (descriptors)
                    *descriptors = std::move(m_receivedDescriptors);
                m_receivedDescriptors.clear();
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
        // Never beyond this frame, so that descriptors which come with the next one are not taken for its
        // own.
        std::size_t room = std::min(buffer.size(), wanted - m_received.size());
        ssize_t count = receiveWith(m_fd, std::span(buffer).first(room), m_receivedDescriptors);
        if (count < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (count <= 0)
            return gone();
        m_received.insert(m_received.end(), buffer.begin(), buffer.begin() + count);
    }
}

} // namespace orrery::protocol
