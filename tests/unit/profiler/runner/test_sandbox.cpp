// SPDX-License-Identifier: Apache-2.0
//
// Each test locks a child process in and looks at what that can still do.
#include "profiler/runner/landlock.h"
#include "profiler/runner/sandbox.h"
#include "profiler/runner/system_call_filter.h"

#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace orrery::runner;

namespace {

// What the child returns: the number of the first check that did not hold, 0 when all did.
int inChild(const std::function<int()>& body)
{
    pid_t child = fork();
    if (child == 0)
        _exit(body());
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

bool canOpen(const std::string& path, int flags)
{
    int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (fd >= 0)
        ::close(fd);
    return fd >= 0;
}

bool canAllocate(std::size_t bytes)
{
    void* volatile memory = std::malloc(bytes);
    bool got = memory != nullptr;
    std::free(memory);
    return got;
}

bool sends(int fd) { return ::send(fd, "x", 1, MSG_NOSIGNAL) == 1; }

} // namespace

class TestSandbox : public QObject {
    Q_OBJECT

    QTemporaryDir m_base;
    std::string inside(const char* name = "") const { return m_base.filePath("own/").toStdString() + name; }
    std::string outside(const char* name) const { return m_base.filePath("outside/").toStdString() + name; }

private slots:
    void init()
    {
        ::mkdir(inside().c_str(), 0700);
        ::mkdir(outside("").c_str(), 0700);
        int fd = ::open(outside("victim").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
        QCOMPARE(::write(fd, "untouched", 9), ssize_t{9});
        ::close(fd);
    }

    void filesOutsideStayAsTheyAre_data()
    {
        QTest::addColumn<int>("version");
        for (int version = 1; version <= landlockVersion(); ++version)
            QTest::newRow(("Landlock " + std::to_string(version)).c_str()) << version;
        if (landlockVersion() == 0)
            QTest::newRow("none") << 0;
    }
    void filesOutsideStayAsTheyAre()
    {
        QFETCH(int, version);
        if (version == 0)
            QSKIP("this kernel has no Landlock");
        const std::string own = inside(), made = inside("made"), victim = outside("victim");
        int failed = inChild([&] {
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            if (!restrictWrites(version, own) ||
                !filterSystemCalls(version < 3 ? Emptying::Refused : Emptying::Allowed))
                return 1;
            if (!canOpen(made, O_CREAT | O_WRONLY))
                return 2;
            if (::rename(made.c_str(), inside("renamed").c_str()) != 0)
                return 3;
            if (!canOpen(victim, O_RDONLY))
                return 4;
            if (canOpen(victim, O_WRONLY) || canOpen(victim, O_RDWR))
                return 5;
            canOpen(victim, O_RDONLY | O_TRUNC); // Landlock 3 refuses it, the filter before that
            if (::truncate(victim.c_str(), 0) == 0)
                return 6;
            if (::creat(outside("new").c_str(), 0600) >= 0)
                return 7;
            if (::mkdir(outside("folder").c_str(), 0700) == 0 || ::unlink(victim.c_str()) == 0)
                return 8;
            if (::rename(inside("renamed").c_str(), outside("moved").c_str()) == 0 ||
                ::rename(victim.c_str(), inside("taken").c_str()) == 0 ||
                ::link(victim.c_str(), inside("linked").c_str()) == 0)
                return 9;
            if (::symlink(victim.c_str(), inside("symlink").c_str()) == 0)
                return 10;
            if (canOpen("/dev/null", O_WRONLY))
                return 11;
            return 0;
        });
        QCOMPARE(failed, 0);
        struct stat info {};
        QCOMPARE(::stat(victim.c_str(), &info), 0);
        QCOMPARE(info.st_size, off_t{9});
        ::unlink(inside("renamed").c_str());
    }

    void ownConnectionAndThreadsKeepWorking()
    {
        int ends[2];
        QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        int failed = inChild([&] {
            lockIn(inside());
            if (!sends(ends[1]))
                return 1;
            int sum = 0;
            std::thread([&] { sum = socket(AF_INET, SOCK_DGRAM, 0) < 0 ? errno : 0; }).join();
            if (sum != EPERM) // threads inherit it
                return 2;
            if (::socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
                return 3;
            if (::kill(getpid(), 0) != 0 || ::kill(getppid(), 0) == 0)
                return 4;
            rlimit limit{};
            if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0)
                return 5;
            return 0;
        });
        char byte = 0;
        QCOMPARE(::read(ends[0], &byte, 1), ssize_t{1});
        ::close(ends[0]);
        ::close(ends[1]);
        if (landlockVersion() == 0)
            QSKIP("this kernel has no Landlock");
        QCOMPARE(failed, 0);
    }

    void memoryLimitFailsAllocationsAndCanBeTakenBack()
    {
        constexpr std::size_t gigabyte = std::size_t{1} << 30;
        int failed = inChild([&] {
            limitMemory(1 << 20, 1);
            if (canAllocate(2 * gigabyte))
                return 1;
            if (!canAllocate(gigabyte / 2))
                return 2;
            limitMemory(-1, 1);
            if (!canAllocate(2 * gigabyte))
                return 3;
            return 0;
        });
        QCOMPARE(failed, 0);
    }
};

QTEST_GUILESS_MAIN(TestSandbox)
#include "test_sandbox.moc"
