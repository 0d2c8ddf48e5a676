// SPDX-License-Identifier: Apache-2.0
//
// old_kernel, in place of orrery-runner: the runner on a kernel that lacks what ORRERY_TEST_KERNEL_LACKS
// names
// ("landlock", "seccomp" or both), pretended by a filter that answers those system calls as such a kernel
// does.
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

int main(int, char** argv)
{
    const char* given = std::getenv("ORRERY_TEST_KERNEL_LACKS");
    std::string lacks = given ? given : "";
    constexpr unsigned landlockCreateRuleset = 444;
    std::vector<sock_filter> program = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    auto answer = [&](unsigned number, unsigned error) {
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
        program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error));
    };
    if (lacks.find("landlock") != std::string::npos)
        answer(landlockCreateRuleset, ENOSYS);
    if (lacks.find("seccomp") != std::string::npos) {
        answer(SYS_seccomp, ENOSYS);
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 4));
        program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)));
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1));
        program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL));
        program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        return 97;
    execv(ORRERY_RUNNER_PROGRAM, argv);
    return 98;
}
