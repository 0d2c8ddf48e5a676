/* SPDX-License-Identifier: Apache-2.0
 *
 * com.example.leaks.ScratchPad takes `bytes` of memory with malloc at every call, and gives back that of every
 * `free_every`th call: 1 is as it should be, 2 keeps every second piece, 0 keeps all. */
#include "pass_through.h"

#include <stdlib.h>

static int compute(const OrreryApi *api, OrreryContext *context, void *user)
{
    static int64_t calls;
    OrreryTensor x;
    int64_t bytes = int_attribute(api, context, "bytes", 4096);
    int64_t free_every = int_attribute(api, context, "free_every", 1);
    char *pad = malloc((size_t)bytes);
    (void)user;
    if (!pad)
        return api->fail(context, "no memory for the scratch pad");
    memset(pad, 1, (size_t)bytes);
    ++calls;
    if (free_every > 0 && calls % free_every == 0)
        free(pad);
    return pass_through(api, context, &x);
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    return register_pass_through(api, registry, "ScratchPad", "Takes memory, and may forget to give it back.",
                                 compute);
}
