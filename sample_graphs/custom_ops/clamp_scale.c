/* SPDX-License-Identifier: Apache-2.0
 *
 * Two operators as they should be.
 *
 * com.example.ClampScale, versions 1 and 2: y = scale · min(max(x, low), high), for floats of any shape.
 *   attributes: low, high (floats; default: no bound), scale (float, default 1)
 * com.example.KeepPositive, version 1: the elements of x above 0, in their order, and how many there are; the
 *   length of the result is known only while computing.
 */
#include "orrery_custom_op.h"

#include <math.h>
#include <string.h>

struct Bounds {
    const float *x;
    float *y;
    float low, high, scale;
};

static int inferClampScale(const OrreryApi *api, OrreryContext *context, void *user)
{
    OrreryTensor x;
    (void)user;
    if (!api->input(context, 0, &x) || (x.type != ORRERY_FLOAT32 && x.type != ORRERY_UNDEFINED))
        return api->fail(context, "expected a tensor of floats");
    return api->set_output_like(context, 0, 0);
}

static void clampRange(int64_t begin, int64_t end, void *user)
{
    const struct Bounds *b = user;
    int64_t i;
    for (i = begin; i < end; ++i) {
        float x = b->x[i];
        b->y[i] = b->scale * (x < b->low ? b->low : x > b->high ? b->high : x);
    }
}

static int computeClampScale(const OrreryApi *api, OrreryContext *context, void *user)
{
    OrreryTensor x;
    struct Bounds b = {NULL, NULL, -INFINITY, INFINITY, 1.0f};
    (void)user;
    api->attribute_float(context, "low", &b.low);
    api->attribute_float(context, "high", &b.high);
    api->attribute_float(context, "scale", &b.scale);
    if (b.low > b.high)
        return api->fail(context, "low is above high");
    if (!api->input(context, 0, &x) || x.type != ORRERY_FLOAT32)
        return api->fail(context, "expected a tensor of floats");
    b.x = x.data;
    b.y = api->output(context, 0, ORRERY_FLOAT32, x.rank, x.dims);
    if (!b.y)
        return ORRERY_FAILED;
    api->parallel_for(context, x.count, 4096, clampRange, &b);
    return ORRERY_OK;
}

static int inferKeepPositive(const OrreryApi *api, OrreryContext *context, void *user)
{
    const int64_t unknown = ORRERY_ANY;
    (void)user;
    if (api->set_output(context, 0, ORRERY_FLOAT32, 1, &unknown) != ORRERY_OK)
        return ORRERY_FAILED;
    return api->has_output(context, 1) ? api->set_output(context, 1, ORRERY_INT64, 0, NULL) : ORRERY_OK;
}

static int computeKeepPositive(const OrreryApi *api, OrreryContext *context, void *user)
{
    OrreryTensor x;
    int64_t i, kept = 0;
    float *found, *y;
    (void)user;
    if (!api->input(context, 0, &x) || x.type != ORRERY_FLOAT32)
        return api->fail(context, "expected a tensor of floats");
    found = api->scratch(context, x.bytes);
    if (!found)
        return ORRERY_FAILED;
    for (i = 0; i < x.count; ++i)
        if (((const float *)x.data)[i] > 0)
            found[kept++] = ((const float *)x.data)[i];
    y = api->output(context, 0, ORRERY_FLOAT32, 1, &kept);
    if (!y)
        return ORRERY_FAILED;
    memcpy(y, found, (size_t)kept * sizeof *y);
    if (api->has_output(context, 1)) {
        int64_t *count = api->output(context, 1, ORRERY_INT64, 0, NULL);
        if (!count)
            return ORRERY_FAILED;
        *count = kept;
    }
    return ORRERY_OK;
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    OrreryOp clampScale = ORRERY_OP("com.example", "ClampScale", inferClampScale, computeClampScale);
    OrreryOp keepPositive = ORRERY_OP("com.example", "KeepPositive", inferKeepPositive, computeKeepPositive);
    clampScale.doc = "Scales what lies between two bounds.";
    clampScale.last_version = 2;
    keepPositive.doc = "The elements above zero, and their number.";
    keepPositive.last_version = 2;
    keepPositive.max_outputs = 2;
    if (api->add_op(registry, &clampScale) != ORRERY_OK)
        return ORRERY_FAILED;
    return api->add_op(registry, &keepPositive);
}
