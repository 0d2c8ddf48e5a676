/* SPDX-License-Identifier: Apache-2.0
 *
 * com.example.leaks.MappedFile maps a file of 64 KiB at every call, as one would map weights; the first call
 * writes it, into the runner's own folder. Without `release` the mapping stays when the next call makes
 * another. */
#define _GNU_SOURCE
#include "pass_through.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { weight_bytes = 65536 };

/* An open file without a name, or -1. */
static int write_weights(void)
{
    const char *folder = getenv("TMPDIR");
    int fd = open(folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 && ftruncate(fd, weight_bytes) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int compute(const OrreryApi *api, OrreryContext *context, void *user)
{
    static int file = -1;
    OrreryTensor x;
    void *weights;
    (void)user;
    if (file < 0 && (file = write_weights()) < 0)
        return api->fail(context, "the file of weights cannot be written");
    weights = mmap(NULL, weight_bytes, PROT_READ, MAP_SHARED, file, 0);
    if (weights == MAP_FAILED)
        return api->fail(context, "the file of weights cannot be mapped");
    if (int_attribute(api, context, "release", 0))
        munmap(weights, weight_bytes);
    return pass_through(api, context, &x);
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    return register_pass_through(api, registry, "MappedFile", "Maps a file.", compute);
}
