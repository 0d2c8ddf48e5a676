/* SPDX-License-Identifier: Apache-2.0
 *
 * Faulty: com.example.OutOfBounds copies its input and then writes "past" (int) bytes past the end of its
 * output, "before" bytes before its beginning, or "scratch" bytes past the end of its scratch.
 */
#include "orrery_custom_op.h"

#include <string.h>

static int infer(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)user;
    return api->set_output_like(context, 0, 0);
}

static int compute(const OrreryApi *api, OrreryContext *context, void *user)
{
    OrreryTensor x;
    int64_t past = 0, before = 0, beyond = 0;
    unsigned char *y, *piece;
    (void)user;
    api->attribute_int(context, "past", &past);
    api->attribute_int(context, "before", &before);
    api->attribute_int(context, "scratch", &beyond);
    if (!api->input(context, 0, &x))
        return api->fail(context, "expected an input");
    y = api->output(context, 0, x.type, x.rank, x.dims);
    piece = api->scratch(context, 100);
    if (!y || !piece)
        return ORRERY_FAILED;
    memcpy(y, x.data, x.bytes);
    memset(piece, 1, 100 + (size_t)beyond);
    while (past > 0)
        ((volatile unsigned char *)y)[x.bytes + (size_t)--past] = 0x11;
    for (; before > 0; --before)
        ((volatile unsigned char *)y)[-before] = 0x11;
    return ORRERY_OK;
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    OrreryOp op = ORRERY_OP("com.example", "OutOfBounds", infer, compute);
    op.doc = "Writes outside of its output.";
    return api->add_op(registry, &op);
}
