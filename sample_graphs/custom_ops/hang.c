/* SPDX-License-Identifier: Apache-2.0
 *
 * Faulty: com.example.Hang computes for ever, and does not ask whether it should stop.
 */
#include "orrery_custom_op.h"

static volatile int running = 1;

static int infer(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)user;
    return api->set_output_like(context, 0, 0);
}

static int compute(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)api, (void)context, (void)user;
    while (running) {
    }
    return ORRERY_OK;
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    OrreryOp op = ORRERY_OP("com.example", "Hang", infer, compute);
    op.doc = "Never comes back.";
    return api->add_op(registry, &op);
}
