/* SPDX-License-Identifier: Apache-2.0
 *
 * com.example.leaks.Fragments works in blocks of memory that are a little larger at every call. Each is then
 * shrunk to a crumb of 32 bytes where it lies, and the crumbs of the last 32 calls are kept. What is live is
 * bounded by 8 KiB, but the crumbs keep the allocator from joining the holes between them, which are too small
 * for the blocks of the next call: what it holds from the system grows far beyond what is live. With `crumbs` 0
 * nothing stays. */
#include "pass_through.h"

#include <stdlib.h>

enum { blocks = 8, kept = 32 * blocks };

static int compute(const OrreryApi *api, OrreryContext *context, void *user)
{
    static void *crumbs[kept];
    static size_t crumb, call;
    OrreryTensor x;
    void *block[blocks];
    size_t bytes = 20000 + call % 1000 * 64;
    int64_t leave_crumbs = int_attribute(api, context, "crumbs", 1);
    int i;
    (void)user;
    ++call;
    for (i = 0; i < blocks; ++i) {
        block[i] = malloc(bytes);
        if (!block[i])
            return api->fail(context, "no memory for a block");
        memset(block[i], 1, bytes);
    }
    for (i = 0; i < blocks; ++i) {
        if (leave_crumbs) {
            free(crumbs[crumb % kept]);
            crumbs[crumb++ % kept] = realloc(block[i], 32);
        } else {
            free(block[i]);
        }
    }
    return pass_through(api, context, &x);
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    return register_pass_through(api, registry, "Fragments", "Leaves crumbs between the blocks of the heap.",
                                 compute);
}
