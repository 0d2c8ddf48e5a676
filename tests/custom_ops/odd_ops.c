/* SPDX-License-Identifier: Apache-2.0
 *
 * Operators that do not keep to the interface, and one that reports every kind of attribute; for tests.
 */
#include "orrery_custom_op.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int sameAsInput(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)user;
    return api->set_output_like(context, 0, 0);
}

static int silent(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)api, (void)context, (void)user;
    return 7;
}

static int nothing(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)api, (void)context, (void)user;
    return ORRERY_OK;
}

static int otherType(const OrreryApi *api, OrreryContext *context, void *user)
{
    OrreryTensor x;
    (void)user;
    return api->input(context, 0, &x) && api->output(context, 0, ORRERY_INT64, x.rank, x.dims) ? ORRERY_OK
                                                                                                : ORRERY_FAILED;
}

static int hugeShape(const OrreryApi *api, OrreryContext *context, void *user)
{
    const int64_t dims[2] = {INT64_C(1) << 40, INT64_C(1) << 40};
    (void)user;
    return api->output(context, 0, ORRERY_FLOAT32, 2, dims) ? ORRERY_OK : ORRERY_FAILED;
}

static int negativeDim(const OrreryApi *api, OrreryContext *context, void *user)
{
    const int64_t dim = -3;
    (void)user;
    return api->output(context, 0, ORRERY_FLOAT32, 1, &dim) ? ORRERY_OK : ORRERY_FAILED;
}

static int anyFloats(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)user;
    return api->set_output(context, 0, ORRERY_FLOAT32, ORRERY_ANY, NULL);
}

static int crashes(const OrreryApi *api, OrreryContext *context, void *user)
{
    (void)api, (void)context, (void)user;
    abort();
}

/* A byte a TiB into a file of the runner's own folder: a file without blocks, but of that size. */
static int largeFile(const OrreryApi *api, OrreryContext *context, void *user)
{
    char path[4096];
    int file;
    (void)user;
    snprintf(path, sizeof path, "%s/large", getenv("TMPDIR"));
    file = open(path, O_CREAT | O_WRONLY, 0600);
    if (file < 0)
        return api->fail(context, "the file could not be made");
    if (pwrite(file, "x", 1, (off_t)1 << 20) != 1)
        return api->fail(context, "not even a small file can be written");
    if (pwrite(file, "x", 1, (off_t)1 << 40) != 1)
        return api->fail(context, "refused");
    return api->fail(context, "written");
}

/* Fails with the text that the attributes make up. */
static int attributes(const OrreryApi *api, OrreryContext *context, void *user)
{
    int64_t i = -1;
    float f = -1, unset = 42;
    const char *text = "";
    const int64_t *ints = NULL;
    const float *floats = NULL;
    size_t length = 0, intCount = 0, floatCount = 0, n;
    OrreryTensor tensor;
    float *y;
    const int64_t dim = 16;
    (void)user;
    memset(&tensor, 0, sizeof tensor);
    y = api->output(context, 0, ORRERY_FLOAT32, 1, &dim);
    if (!y)
        return ORRERY_FAILED;
    memset(y, 0, 16 * sizeof *y);
    y[0] = (float)api->attribute_int(context, "i", &i);
    y[1] = (float)i;
    y[2] = (float)api->attribute_float(context, "f", &f);
    y[3] = f;
    y[4] = (float)api->attribute_string(context, "s", &text, &length);
    y[5] = (float)length + (length == 3 && memcmp(text, "abc", 3) == 0 ? 0.5f : 0);
    y[6] = (float)api->attribute_ints(context, "is", &ints, &intCount);
    for (n = 0; n < intCount; ++n)
        y[7] += (float)ints[n];
    y[8] = (float)api->attribute_floats(context, "fs", &floats, &floatCount);
    for (n = 0; n < floatCount; ++n)
        y[9] += floats[n];
    y[10] = (float)api->attribute_tensor(context, "t", &tensor);
    y[11] = tensor.type == ORRERY_FLOAT32 && tensor.rank == 1 ? (float)tensor.dims[0] : -1;
    y[12] = tensor.data ? ((const float *)tensor.data)[1] : -1;
    y[13] = (float)api->attribute_float(context, "i", &unset) + (float)api->attribute_float(context, "none", &unset);
    y[14] = unset;
    y[15] = (float)api->opset_version(context);
    return ORRERY_OK;
}

ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
{
    OrreryOp ops[] = {
        ORRERY_OP("test.odd", "Silent", sameAsInput, silent),
        ORRERY_OP("test.odd", "Nothing", sameAsInput, nothing),
        ORRERY_OP("test.odd", "OtherType", sameAsInput, otherType),
        ORRERY_OP("test.odd", "HugeShape", anyFloats, hugeShape),
        ORRERY_OP("test.odd", "NegativeDim", anyFloats, negativeDim),
        ORRERY_OP("test.odd", "NoType", nothing, silent),
        ORRERY_OP("test.odd", "InferenceCrash", crashes, silent),
        ORRERY_OP("test.odd", "LargeFile", anyFloats, largeFile),
        ORRERY_OP("test.odd", "Attributes", anyFloats, attributes),
    };
    size_t i;
    for (i = 0; i < sizeof ops / sizeof *ops; ++i)
        if (api->add_op(registry, &ops[i]) != ORRERY_OK)
            return ORRERY_FAILED;
    return ORRERY_OK;
}
