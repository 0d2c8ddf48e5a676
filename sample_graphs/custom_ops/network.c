/* SPDX-License-Identifier: Apache-2.0
 *
 * Faulty: com.example.Network tries what a model has no business with, and gives the error numbers that it got
 * (0: it was let through), as int32: socket() [0], a new file in the folder of attribute "folder" [1], a file
 * there that is rewritten ("victim") [2], chmod() of it [3], a new process [4], another program [5], a signal
 * to its parent [6], ptrace() [7]. [8] is reading: the bytes read of /proc/self/stat, or minus the error. While
 * it is being loaded it tries a socket, too [9].
 */
#define _GNU_SOURCE
#include "orrery_custom_op.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ATTEMPTS = 10 };

static int atLoading = -1;

static int32_t outcome(int result) { return result < 0 ? errno : 0; }

static int32_t closed(int fd)
{
    int32_t error = outcome(fd);
    if (fd >= 0)
        close(fd);
    return error;
}

__attribute__((constructor)) static void loaded(void) { atLoading = closed(socket(AF_INET, SOCK_STREAM, 0)); }

static int infer(const OrreryApi *api, OrreryContext *context, void *user)
{
    const int64_t attempts = ATTEMPTS;
    (void)user;
    return api->set_output(context, 0, ORRERY_INT32, 1, &attempts);
}

static int compute(const OrreryApi *api, OrreryContext *context, void *user)
{
    const int64_t attempts = ATTEMPTS;
    const char *folder = "/tmp";
    size_t length = 4;
    char created[4096], victim[4096], bytes[64];
    char *const arguments[] = {"true", NULL};
    int32_t *errors = api->output(context, 0, ORRERY_INT32, 1, &attempts);
    pid_t child;
    int fd;
    (void)user;
    if (!errors)
        return ORRERY_FAILED;
    api->attribute_string(context, "folder", &folder, &length);
    if (length > 4000)
        return api->fail(context, "the folder's name is too long");
    snprintf(created, sizeof created, "%.*s/orrery_network_created", (int)length, folder);
    snprintf(victim, sizeof victim, "%.*s/victim", (int)length, folder);

    errors[0] = closed(socket(AF_INET, SOCK_STREAM, 0));
    errors[1] = closed(open(created, O_CREAT | O_WRONLY, 0600));
    errors[2] = closed(open(victim, O_WRONLY | O_TRUNC));
    errors[3] = outcome(chmod(victim, 0777));
    child = fork();
    if (child == 0)
        _exit(0);
    errors[4] = outcome(child);
    if (child > 0)
        waitpid(child, NULL, 0);
    execv("/bin/true", arguments);
    errors[5] = errno;
    errors[6] = outcome(kill(getppid(), SIGCONT));
    errors[7] = outcome((int)ptrace(PTRACE_TRACEME, 0, NULL, NULL));
    fd = open("/proc/self/stat", O_RDONLY);
    errors[8] = fd < 0 ? -errno : (int32_t)read(fd, bytes, sizeof bytes);
    if (fd >= 0)
        close(fd);
    errors[9] = atLoading;
    return ORRERY_OK;
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    OrreryOp op = ORRERY_OP("com.example", "Network", infer, compute);
    op.doc = "Tries to reach out of the runner, and tells how it went.";
    op.min_inputs = 0;
    return api->add_op(registry, &op);
}
