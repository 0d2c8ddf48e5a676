/* SPDX-License-Identifier: Apache-2.0
 *
 * Faulty, as an operator should be: com.example.Fails says what went wrong.
 */
#include "orrery_custom_op.h"

static int infer(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)user;
    return api->set_output_like(context, 0, 0);
}

static int compute(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)user;
    return api->fail(context, "the table of coefficients is empty");
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    OrreryOp op = ORRERY_OP("com.example", "Fails", infer, compute);
    op.doc = "Reports an error.";
    return api->add_op(registry, &op);
}
