// SPDX-License-Identifier: Apache-2.0
//
// A list of what is refused, not of what is allowed: the C library, allocators and kernels of other people
// use whatever they like to compute with, and a file that is only read harms nobody. Refused is what reaches
// out of the process: sockets, programs and processes, other processes' memory and limits, the machine's
// settings, and the properties of files that Landlock does not guard. System calls newer than this list do
// not exist.
//
// A BPF program tests the number against one entry after the other; where the arguments do not matter, the
// kernel (since Linux 5.11) remembers the verdict and no longer runs it.
#include "profiler/runner/system_call_filter.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace orrery::runner {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t architecture = 0; // unknown: no filter
#endif

constexpr std::uint32_t x32Bit = 0x40000000;
constexpr std::uint32_t newestKnown = 472;

constexpr std::uint32_t refused[] = {
    // the network, and other ways to reach a process
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_sendmmsg,
    SYS_mq_open,
    SYS_mq_unlink,
    SYS_msgget,
    SYS_semget,
    SYS_shmget,
    SYS_shmat,
    // programs and processes; threads come through clone(), see below
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_process_madvise,
    SYS_process_mrelease,
    SYS_pidfd_open,
    SYS_pidfd_getfd,
    SYS_pidfd_send_signal,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_tkill,
    SYS_kcmp,
    SYS_move_pages,
    SYS_migrate_pages,
    SYS_setpriority,
    SYS_ioprio_set,
    SYS_sched_setaffinity,
    SYS_sched_setattr,
    SYS_sched_setparam,
    SYS_sched_setscheduler,
    SYS_setns,
    SYS_unshare,
    // file systems, and what Landlock does not guard of files
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_open_tree,
    SYS_move_mount,
    SYS_mount_setattr,
    SYS_swapon,
    SYS_swapoff,
    SYS_quotactl,
    SYS_quotactl_fd,
    SYS_fanotify_init,
    SYS_open_by_handle_at,
    SYS_truncate,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    452, // fchmodat2
    463, // setxattrat
    466, // removexattrat
    467, // open_tree_attr
    469, // file_setattr
    // the kernel and the machine
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_reboot,
    SYS_syslog,
    SYS_acct,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_vhangup,
    SYS_personality,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef __x86_64__
    SYS_fork,
    SYS_vfork,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
    SYS_uselib,
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
#endif
};

using Program = std::vector<sock_filter>;

constexpr std::uint32_t argumentOffset(int number)
{
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * static_cast<std::size_t>(number));
}

sock_filter statement(std::uint16_t code, std::uint32_t operand) { return {code, 0, 0, operand}; }

sock_filter jump(std::uint16_t condition, std::uint32_t operand, std::uint8_t ifTrue, std::uint8_t ifFalse)
{
    return {static_cast<std::uint16_t>(BPF_JMP | condition | BPF_K), ifTrue, ifFalse, operand};
}

sock_filter load(std::uint32_t offset) { return statement(BPF_LD | BPF_W | BPF_ABS, offset); }

const sock_filter allow = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
const sock_filter refuse = statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
const sock_filter absent = statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);

// For one system call: `test` ends in every case.
void add(Program& program, std::uint32_t number, const Program& test)
{
    program.push_back(jump(BPF_JEQ, number, 0, static_cast<std::uint8_t>(test.size())));
    program.insert(program.end(), test.begin(), test.end());
}

// Allowed when the argument, of 32 bits, is one of two.
Program whenArgument(int argument, std::uint32_t one, std::uint32_t other)
{
    return {load(argumentOffset(argument)), jump(BPF_JEQ, one, 1, 0), jump(BPF_JEQ, other, 0, 1), allow,
            refuse};
}

Program unlessArgument(int argument, std::uint32_t one, std::uint32_t other)
{
    return {load(argumentOffset(argument)), jump(BPF_JEQ, one, 1, 0), jump(BPF_JEQ, other, 0, 1), refuse,
            allow};
}

Program filter(Emptying emptying)
{
    auto pid = static_cast<std::uint32_t>(getpid());
    Program program;
    program.push_back(load(offsetof(seccomp_data, arch)));
    program.push_back(jump(BPF_JEQ, architecture, 1, 0));
    program.push_back(refuse);
    program.push_back(load(offsetof(seccomp_data, nr)));
#ifdef __x86_64__
    program.push_back(jump(BPF_JGE, x32Bit, 0, 1));
    program.push_back(refuse);
#endif
    program.push_back(jump(BPF_JGT, newestKnown, 0, 1));
    program.push_back(absent);
    for (std::uint32_t number : refused)
        add(program, number, {refuse});

    // A thread of this process, in no namespace of its own. The flags of clone3() lie in memory, which a
    // filter cannot read: without it the C library takes clone().
    constexpr std::uint32_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                         CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    add(program, SYS_clone,
        {load(argumentOffset(0)), statement(BPF_ALU | BPF_AND | BPF_K, CLONE_THREAD | namespaces),
         jump(BPF_JEQ, CLONE_THREAD, 0, 1), allow, refuse});
    add(program, SYS_clone3, {absent});
    add(program, SYS_openat2, {absent}); // its flags, likewise
    // Bytes into the connection that is there; no address.
    add(program, SYS_sendto,
        {load(argumentOffset(4)), jump(BPF_JEQ, 0, 0, 2), load(argumentOffset(4) + 4), jump(BPF_JEQ, 0, 1, 0),
         refuse, allow});
    // Itself.
    add(program, SYS_kill, whenArgument(0, pid, pid));
    add(program, SYS_tgkill, whenArgument(0, pid, pid));
    add(program, SYS_prlimit64, whenArgument(0, 0, pid));
    // Typing into the terminal that stderr may be.
    add(program, SYS_ioctl, unlessArgument(1, TIOCSTI, TIOCLINUX));
    if (emptying == Emptying::Refused) {
        auto withoutTruncate = [](int argument) {
            return Program{load(argumentOffset(argument)), jump(BPF_JSET, O_TRUNC, 0, 1), refuse, allow};
        };
        add(program, SYS_openat, withoutTruncate(2));
#ifdef __x86_64__
        add(program, SYS_open, withoutTruncate(1));
        add(program, SYS_creat, {refuse});
#endif
    }
    program.push_back(allow);
    return program;
}

} // namespace

bool filterSystemCalls(Emptying emptying)
{
    if (architecture == 0)
        return false;
    Program instructions = filter(emptying);
    sock_fprog program{static_cast<unsigned short>(instructions.size()), instructions.data()};
    // Older kernels slow a filtered process down against speculation unless told that it keeps no secrets.
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0 ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

} // namespace orrery::runner
