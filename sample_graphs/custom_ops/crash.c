/* SPDX-License-Identifier: Apache-2.0
 *
 * Faulty: com.example.Crash calls abort() when it computes.
 */
#include "orrery_custom_op.h"

#include <stdlib.h>

static int infer(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)user;
    return api->set_output_like(context, 0, 0);
}

static int compute(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)api, (void)context, (void)user;
    abort();
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    OrreryOp op = ORRERY_OP("com.example", "Crash", infer, compute);
    op.doc = "Calls abort().";
    return api->add_op(registry, &op);
}
