#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Channel: frames over one end of a socket pair. A frame is a 32-bit length and that many bytes, at most 256
// MiB; memory grows with the bytes that have really arrived. File descriptors may travel with a frame: the
// receiver gets duplicates, close-on-exec. Owns its own descriptor. One thread sends and one thread receives
// at a time.

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace orrery::protocol {

using SharedFd = std::shared_ptr<const UniqueFd>;

class Channel {
public:
    static constexpr std::size_t maximumDescriptors = 4; // with one frame
    static constexpr std::size_t maximumFrameBytes = std::size_t{256} << 20;

    explicit Channel(int fd);
    ~Channel();
    Channel(Channel&&) noexcept;
    Channel& operator=(Channel&&) noexcept;

    // Both ends, close-on-exec.
    static Result<std::pair<Channel, Channel>> pair();

    // RunnerDied when the other side is gone.
    Result<void> send(std::span<const std::byte> message, std::span<const SharedFd> descriptors = {});
    // The next whole message; nullopt when none came in time (-1: waits for ever); RunnerDied at the end of
    // the stream; Internal for a frame over the limit. `descriptors` receives those that came with it; with
    // null they are closed.
    Result<std::optional<std::vector<std::byte>>> receive(int timeoutMs,
                                                          std::vector<SharedFd>* descriptors = nullptr);

    int fd() const { return m_fd; }
    void close();

private:
    int m_fd = -1;
    std::vector<std::byte> m_received; // bytes of the frame that is coming in
    std::vector<SharedFd> m_receivedDescriptors;
};

} // namespace orrery::protocol
