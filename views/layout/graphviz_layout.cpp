// SPDX-License-Identifier: Apache-2.0
#include "views/layout/graphviz_layout.h"

#include "views/layout/layered_layout.h"
#include "views/layout/layering.h"
#include "views/layout/layout_cache.h"
#include "views/layout/layout_protocol.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <numeric>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace orrery::layout {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t costLimit = 2000;
constexpr int requestsPerProcess = 500;
constexpr int failuresAllowed = 3;

Error failure(ErrorCode code, std::string message) { return {code, std::move(message), "orrery-layout"}; }

enum class Wait : std::uint8_t { Ready, Late, Broken };

Wait waitFor(int fd, short events, Clock::time_point until)
{
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
        if (left <= 0)
            return Wait::Late;
        pollfd entry{fd, events, 0};
        const int ready = ::poll(&entry, 1, int(left));
        if (ready > 0)
            return (entry.revents & (events | POLLHUP)) ? Wait::Ready : Wait::Broken;
        if (ready < 0 && errno != EINTR)
            return Wait::Broken;
    }
}

Error waitError(Wait wait)
{
    return wait == Wait::Late ? failure(ErrorCode::LimitReached, "did not answer in time")
                              : failure(ErrorCode::RunnerDied, "closed its pipe");
}

// A socket, so that writing to a helper that died is an error and not a SIGPIPE.
Result<void> writeAll(int fd, std::span<const std::byte> bytes, Clock::time_point until)
{
    while (!bytes.empty()) {
        if (Wait wait = waitFor(fd, POLLOUT, until); wait != Wait::Ready)
            return waitError(wait);
        const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0)
            bytes = bytes.subspan(std::size_t(n));
        else if (errno != EINTR && errno != EAGAIN)
            return failure(ErrorCode::RunnerDied, std::string("died: ") + std::strerror(errno));
    }
    return {};
}

Result<void> readAll(int fd, std::span<std::byte> bytes, Clock::time_point until)
{
    while (!bytes.empty()) {
        if (Wait wait = waitFor(fd, POLLIN, until); wait != Wait::Ready)
            return waitError(wait);
        const ssize_t n = ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (n > 0)
            bytes = bytes.subspan(std::size_t(n));
        else if (n == 0)
            return failure(ErrorCode::RunnerDied, "ended without an answer");
        else if (errno != EINTR && errno != EAGAIN)
            return failure(ErrorCode::RunnerDied, std::string("died: ") + std::strerror(errno));
    }
    return {};
}

bool isConnected(const Level& level)
{
    std::vector<std::uint32_t> parent(level.boxes.size());
    std::iota(parent.begin(), parent.end(), 0u);
    auto root = [&](std::uint32_t box) {
        while (parent[box] != box)
            box = parent[box] = parent[parent[box]];
        return box;
    };
    std::size_t parts = level.boxes.size();
    for (const auto& edge : level.edges) {
        const std::uint32_t a = root(edge.from), b = root(edge.to);
        parts -= a != b;
        parent[a] = b;
    }
    return parts <= 1;
}

// Pairs of lines that cross, ends not counted. Quadratic in the worst case, which the cost limit bounds.
std::size_t countCrossings(const LevelResult& result)
{
    struct Line {
        Point a, b;
        std::uint32_t edge;
    };
    std::vector<Line> lines;
    for (std::uint32_t e = 0; e + 1 < result.edgeStart.size(); ++e)
        for (std::uint32_t p = result.edgeStart[e]; p + 1 < result.edgeStart[e + 1]; ++p) {
            Line line{result.points[p], result.points[p + 1], e};
            if (line.a.y > line.b.y)
                std::swap(line.a, line.b);
            lines.push_back(line);
        }
    std::sort(lines.begin(), lines.end(), [](const Line& x, const Line& y) { return x.a.y < y.a.y; });
    auto side = [](Point a, Point b, Point c) {
        return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    };
    std::size_t crossings = 0;
    for (std::size_t i = 0; i < lines.size(); ++i)
        for (std::size_t k = i + 1; k < lines.size() && lines[k].a.y < lines[i].b.y; ++k) {
            const Line &x = lines[i], &y = lines[k];
            if (x.edge != y.edge && side(x.a, x.b, y.a) * side(x.a, x.b, y.b) < 0 &&
                side(y.a, y.b, x.a) * side(y.a, y.b, x.b) < 0)
                ++crossings;
        }
    return crossings;
}

} // namespace

GraphvizLayout::GraphvizLayout(std::string helperPath)
    : m_helperPath(std::move(helperPath))
{}

GraphvizLayout::~GraphvizLayout() { stop(); }

std::string GraphvizLayout::helperBesideProgram()
{
    std::string path(4096, '\0');
    const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
    path.resize(length > 0 ? std::size_t(length) : 0);
    return path.substr(0, path.rfind('/') + 1) + "orrery-layout";
}

bool GraphvizLayout::suits(const Level& level)
{
    if (level.boxes.size() < 3 || level.boxes.size() > costLimit || level.edges.size() > 2 * costLimit ||
        !isConnected(level))
        return false;
    Layering ranks;
    assignRanks(level, ranks);
    std::size_t cost = level.boxes.size();
    for (std::size_t e = 0; e < level.edges.size(); ++e) {
        if (ranks.route[e] == EdgeRoute::Back)
            return false;
        cost += ranks.rank[level.edges[e].to] - ranks.rank[level.edges[e].from] - 1;
    }
    return cost <= costLimit;
}

std::optional<Problem> GraphvizLayout::problem() const
{
    std::lock_guard lock(m_mutex);
    if (m_failures < failuresAllowed)
        return {};
    return Problem{Severity::Info,
                   "graphviz-off",
                   {},
                   {},
                   "Graphviz is not used for layouts: " + m_lastFailure +
                       ". Graphs are laid out by the program itself.",
                   "Check that orrery-layout lies beside orrery and that Graphviz is installed."};
}

Result<void> GraphvizLayout::start()
{
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return failure(ErrorCode::Io, std::string("cannot make a socket pair: ") + std::strerror(errno));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pair[1], 0);
    posix_spawn_file_actions_adddup2(&actions, pair[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    char* arguments[] = {m_helperPath.data(), nullptr};
    const int status = ::posix_spawn(&m_pid, m_helperPath.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pair[1]);
    if (status != 0) {
        ::close(pair[0]);
        m_pid = -1;
        return failure(ErrorCode::Io, "cannot start " + m_helperPath + ": " + std::strerror(status));
    }
    m_toHelper = m_fromHelper = pair[0];
    m_served = 0;
    return {};
}

void GraphvizLayout::stop()
{
    if (m_pid < 0)
        return;
    ::close(m_toHelper);
    m_toHelper = m_fromHelper = -1;
    ::kill(m_pid, SIGKILL);
    while (::waitpid(m_pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    m_pid = -1;
}

Result<LevelResult> GraphvizLayout::ask(const Level& level, Clock::time_point until)
{
    // The helper dies with the thread that started it; that is no failure, only a reason for a new one.
    const bool gone = m_pid >= 0 && waitFor(m_fromHelper, POLLIN,
                                            Clock::now() + std::chrono::milliseconds(1)) != Wait::Late;
    if (m_pid < 0 || gone || m_served >= requestsPerProcess) {
        stop();
        TRY(start());
    }
    ++m_served;
    TRY(writeAll(m_toHelper, encodeRequest(level), until));
    std::array<std::byte, frameHeaderBytes> header;
    TRY(readAll(m_fromHelper, header, until));
    std::vector<std::byte> payload(TRY(decodeHeader(header, replyMagic)));
    TRY(readAll(m_fromHelper, payload, until));
    return decodeReply(payload, level);
}

Result<LevelResult> GraphvizLayout::layOut(const Level& level, std::chrono::milliseconds deadline)
{
    if (!suits(level))
        return failure(ErrorCode::LimitReached, "not asked: this level would take too long");
    std::lock_guard lock(m_mutex);
    if (m_failures >= failuresAllowed)
        return failure(ErrorCode::Unsupported, "switched off: " + m_lastFailure);
    auto result = ask(level, Clock::now() + deadline);
    if (result.ok()) {
        m_failures = 0;
        return result;
    }
    ++m_failures;
    m_lastFailure = result.error().text();
    stop();
    return result;
}

LevelRefiner graphvizRefiner(std::shared_ptr<GraphvizLayout> graphviz)
{
    auto cache = std::make_shared<LayoutCache>();
    return [graphviz = std::move(graphviz), cache](const Level& level) -> std::optional<LevelResult> {
        if (!GraphvizLayout::suits(level))
            return {};
        const std::string key = LayoutCache::keyOf(level);
        if (auto answer = cache->find(key); answer.known)
            return answer.result;
        auto result = graphviz->layOut(level);
        std::optional<LevelResult> value;
        if (result.ok() && countCrossings(*result) < countCrossings(layeredLayout(level)))
            value = result.releaseValue();
        cache->insert(key, value);
        return value;
    };
}

} // namespace orrery::layout
