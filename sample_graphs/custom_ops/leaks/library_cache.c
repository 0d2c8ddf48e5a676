/* SPDX-License-Identifier: Apache-2.0
 *
 * com.example.leaks.LibraryCache fills one of `entries` places of 8 KiB at each call, as libraries do that
 * keep plans or kernels for later. When all are filled it grows no more: a cache, not a leak. */
#include "pass_through.h"

#include <stdlib.h>

enum { most_entries = 64, entry_bytes = 8192 };

static int compute(const OrreryApi *api, OrreryContext *context, void *user)
{
    static void *places[most_entries];
    static int64_t filled;
    OrreryTensor x;
    int64_t entries = int_attribute(api, context, "entries", 12);
    (void)user;
    if (filled < entries && filled < most_entries) {
        places[filled] = malloc(entry_bytes);
        if (!places[filled])
            return api->fail(context, "no memory for an entry");
        memset(places[filled++], 1, entry_bytes);
    }
    return pass_through(api, context, &x);
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    return register_pass_through(api, registry, "LibraryCache", "Keeps what it made for later.", compute);
}
