/* SPDX-License-Identifier: Apache-2.0
 *
 * Faulty: com.example.Hungry takes memory until it gets no more, at most 4 GiB, and says how much it was.
 */
#include "orrery_custom_op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int infer(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)user;
    return api->set_output_like(context, 0, 0);
}

static int compute(const OrreryApi *api, OrreryContext *context, void *user)
{
    const size_t piece = (size_t)1 << 24;
    void *pieces[256];
    char message[100];
    int taken = 0, i;
    (void)user;
    while (taken < 256 && (pieces[taken] = malloc(piece)) != NULL)
        memset(pieces[taken++], 1, piece);
    for (i = 0; i < taken; ++i)
        free(pieces[i]);
    snprintf(message, sizeof message, taken < 256 ? "no memory after %d MiB" : "%d MiB were there for the taking",
             taken * 16);
    return api->fail(context, message);
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    OrreryOp op = ORRERY_OP("com.example", "Hungry", infer, compute);
    op.doc = "Takes all the memory that it can get.";
    return api->add_op(registry, &op);
}
