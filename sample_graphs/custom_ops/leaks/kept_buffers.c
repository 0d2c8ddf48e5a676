/* SPDX-License-Identifier: Apache-2.0
 *
 * com.example.leaks.KeptBuffers takes four buffers at its first call and works in them from then on. With
 * `release` they are given back when the run ends; without it the run is closed and they are still there. */
#include "pass_through.h"

#include <stdlib.h>

enum { buffer_count = 4, buffer_bytes = 65536 };

static void *buffers[buffer_count];
static int64_t release_at_end;

static int compute(const OrreryApi *api, OrreryContext *context, void *user)
{
    OrreryTensor x;
    int i;
    (void)user;
    release_at_end = int_attribute(api, context, "release", 0);
    for (i = 0; i < buffer_count; ++i)
        if (!buffers[i] && !(buffers[i] = malloc(buffer_bytes)))
            return api->fail(context, "no memory for a buffer");
    return pass_through(api, context, &x);
}

ORRERY_EXPORT void orrery_run_ended(void)
{
    int i;
    for (i = 0; release_at_end && i < buffer_count; ++i) {
        free(buffers[i]);
        buffers[i] = NULL;
    }
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    return register_pass_through(api, registry, "KeptBuffers", "Works in buffers that it keeps.", compute);
}
