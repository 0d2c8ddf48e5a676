/* SPDX-License-Identifier: Apache-2.0
 *
 * Operators of your own for Orrery, in plain C. This header stands alone: copy it, or point the compiler at
 * it.
 *
 * A shared library exports one function, orrery_register_ops(). It is called whenever a model is opened for
 * which the user has named the library (`orrery run model.onnx --custom-ops ./my_ops.so`), and tells Orrery
 * of each operator: its domain and name, the opset versions of that domain that it implements, a function
 * that infers types and shapes, and one that computes.
 *
 *     #include "orrery_custom_op.h"
 *
 *     static int infer(const OrreryApi *api, OrreryContext *context, void *user)
 *     {
 *         return api->set_output_like(context, 0, 0);
 *     }
 *
 *     static int compute(const OrreryApi *api, OrreryContext *context, void *user)
 *     {
 *         OrreryTensor x;
 *         float slope = 0.01f;
 *         float *y;
 *         int64_t i;
 *         api->attribute_float(context, "slope", &slope);
 *         if (!api->input(context, 0, &x) || x.type != ORRERY_FLOAT32)
 *             return api->fail(context, "expected a tensor of floats");
 *         y = api->output(context, 0, x.type, x.rank, x.dims);
 *         if (!y)
 *             return ORRERY_FAILED;
 *         for (i = 0; i < x.count; ++i)
 *             y[i] = ((const float *)x.data)[i] * slope;
 *         return ORRERY_OK;
 *     }
 *
 *     ORRERY_EXPORT int orrery_register_ops(const OrreryApi *api, OrreryRegistry *registry)
 *     {
 *         OrreryOp op = ORRERY_OP("com.example", "Scale", infer, compute);
 *         return api->add_op(registry, &op);
 *     }
 *
 * Rules
 * - Library and functions run inside of orrery-runner, a process that cannot use the network, start programs
 *   or write files outside of its own folder. A crash there ends the run, not the program that shows it.
 * - infer() and compute() may be called from several threads at once, for several nodes and many times: keep
 *   what changes in local variables or in scratch(). infer() must depend on nothing but what it is handed.
 * - compute() must give the same bytes for the same inputs, so that a debugger can step back by computing
 * anew.
 * - Pointers that come out of the api are valid until the function that was handed the context returns. Input
 *   bytes are read-only; output bytes are uninitialised, and every one of them is to be written.
 * - No C++ exception may leave the library. (One that does is reported as the node's error.)
 * - Element counts and sizes are in elements and bytes, as the names say; tensors are dense and row-major,
 * data is aligned to 64 bytes. The 4-bit types are packed two to a byte, the low half first.
 */
#ifndef ORRERY_CUSTOM_OP_H
#define ORRERY_CUSTOM_OP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. Orrery refuses libraries built for another one, naming both. Functions may
 * be added at the end of OrreryApi without a new version; struct_bytes says how many there are. */
#define ORRERY_ABI_VERSION 1u

#if defined(__GNUC__)
#define ORRERY_EXPORT __attribute__((visibility("default")))
#else
#define ORRERY_EXPORT
#endif

/* What functions return. */
#define ORRERY_OK 0
#define ORRERY_FAILED 1

/* Any number of inputs or outputs; a dim or rank that is not known before the run. */
#define ORRERY_ANY (-1)

/* Element types, numbered as in ONNX's TensorProto.DataType. Tensors of strings are not handed to libraries.
 */
enum {
    ORRERY_UNDEFINED = 0, /* not known */
    ORRERY_FLOAT32 = 1,
    ORRERY_UINT8 = 2,
    ORRERY_INT8 = 3,
    ORRERY_UINT16 = 4,
    ORRERY_INT16 = 5,
    ORRERY_INT32 = 6,
    ORRERY_INT64 = 7,
    ORRERY_BOOL = 9, /* one byte, 0 or 1 */
    ORRERY_FLOAT16 = 10,
    ORRERY_FLOAT64 = 11,
    ORRERY_UINT32 = 12,
    ORRERY_UINT64 = 13,
    ORRERY_COMPLEX64 = 14,
    ORRERY_COMPLEX128 = 15,
    ORRERY_BFLOAT16 = 16,
    ORRERY_FLOAT8E4M3FN = 17,
    ORRERY_FLOAT8E4M3FNUZ = 18,
    ORRERY_FLOAT8E5M2 = 19,
    ORRERY_FLOAT8E5M2FNUZ = 20,
    ORRERY_UINT4 = 21,
    ORRERY_INT4 = 22,
    ORRERY_FLOAT4E2M1 = 23
};

typedef struct OrreryRegistry OrreryRegistry; /* receives operators */
typedef struct OrreryContext OrreryContext;   /* the node being inferred or computed */

/* An input, or a tensor attribute. While inferring, rank and dims may be ORRERY_ANY, and data is null unless
 * the tensor is a constant; while computing everything is known. */
typedef struct OrreryTensor {
    int32_t type;        /* ORRERY_FLOAT32 … */
    int32_t rank;        /* number of dims; ORRERY_ANY: not known */
    const int64_t* dims; /* rank of them; null when rank is 0 or not known */
    int64_t count;       /* elements; ORRERY_ANY when a dim is not known */
    size_t bytes;        /* of data; 0 when there is none */
    const void* data;
} OrreryTensor;

/* A part of parallel_for: elements [begin, end) of the range. */
typedef void (*OrreryRange)(int64_t begin, int64_t end, void* user);

typedef struct OrreryApi OrreryApi;

/* Both return ORRERY_OK, or what fail() returned. */
typedef int (*OrreryInfer)(const OrreryApi* api, OrreryContext* context, void* user);
typedef int (*OrreryCompute)(const OrreryApi* api, OrreryContext* context, void* user);

/* One operator. Orrery copies it, texts included. */
typedef struct OrreryOp {
    uint32_t abi_version;  /* ORRERY_ABI_VERSION */
    uint32_t struct_bytes; /* sizeof(OrreryOp) */
    const char* domain;    /* "com.example": letters, digits, '_', '.', '-', at most 128; not ONNX's own */
    const char* name;      /* "ClampScale": the same characters */
    const char* doc;       /* one sentence; may be null */
    int32_t first_version; /* opset versions of the domain that this operator implements, both included: a */
    int32_t last_version;  /* model that imports another one is refused. From 1 */
    int32_t min_inputs;    /* fewer or more are refused before your functions see the node. At most 1024, */
    int32_t max_inputs;    /* or ORRERY_ANY */
    int32_t max_outputs;   /* at least 1, or ORRERY_ANY */
    OrreryInfer infer;     /* sets the type of every output, and its shape as far as that is known */
    OrreryCompute compute;
    void* user; /* handed to both functions */
} OrreryOp;

/* One input, one output, version 1; change fields as needed. */
#define ORRERY_OP(domain, name, infer, compute)                                                              \
    {                                                                                                        \
        ORRERY_ABI_VERSION, (uint32_t)sizeof(OrreryOp), (domain), (name), NULL, 1, 1, 1, 1, 1, (infer),      \
            (compute), NULL                                                                                  \
    }

struct OrreryApi {
    uint32_t abi_version;  /* ORRERY_ABI_VERSION of the program */
    uint32_t struct_bytes; /* of this struct in the program: what lies behind it is not there */

    /* --- in orrery_register_ops() ------------------------------------------------------------------------
     */

    /* ORRERY_OK, or ORRERY_FAILED when the operator is refused; Orrery tells the user why. */
    int (*add_op)(OrreryRegistry* registry, const OrreryOp* op);

    /* --- while inferring and computing -------------------------------------------------------------------
     */

    /* Reports a failure of this node in a sentence (UTF-8, at most 1000 bytes are kept; the first one counts)
     * and returns ORRERY_FAILED. Orrery adds the node's name. */
    int (*fail)(OrreryContext* context, const char* message);

    int64_t (*opset_version)(const OrreryContext* context); /* of your domain, as the model imports it */
    int32_t (*input_count)(const OrreryContext* context);   /* absent optional ones in between included */
    int32_t (*output_count)(const OrreryContext* context);
    int (*has_output)(const OrreryContext* context, int32_t index); /* 0: omitted, need not be made */

    /* 1, or 0 when the input is absent; *tensor is then zeroed. */
    int (*input)(const OrreryContext* context, int32_t index, OrreryTensor* tensor);

    /* Attributes of the node. 1 when there is one of that name and kind; else 0, and nothing is written, so a
     * default may be put there before. Texts are not terminated by a null byte: use the length. */
    int (*attribute_int)(const OrreryContext* context, const char* name, int64_t* value);
    int (*attribute_float)(const OrreryContext* context, const char* name, float* value);
    int (*attribute_string)(const OrreryContext* context, const char* name, const char** text, size_t* bytes);
    int (*attribute_ints)(const OrreryContext* context, const char* name, const int64_t** values,
                          size_t* count);
    int (*attribute_floats)(const OrreryContext* context, const char* name, const float** values,
                            size_t* count);
    int (*attribute_tensor)(const OrreryContext* context, const char* name, OrreryTensor* tensor);

    /* --- while inferring ---------------------------------------------------------------------------------
     */

    /* Type and shape of an output; rank or single dims may be ORRERY_ANY. ORRERY_FAILED when they make no
     * sense, which is then the node's error. What is said here holds: compute() cannot make another type, or
     * another number where a dim is known. */
    int (*set_output)(OrreryContext* context, int32_t index, int32_t type, int32_t rank, const int64_t* dims);
    /* The type and shape of an input, names of symbolic dims included. */
    int (*set_output_like)(OrreryContext* context, int32_t output, int32_t input);

    /* --- while computing ---------------------------------------------------------------------------------
     */

    /* The place of an output with these dims; null when it is refused (memory, a type or dims that differ
     * from what was inferred), which is then the node's error: return ORRERY_FAILED. Asking again with the
     * same dims gives the same place. A write outside of it is caught. */
    void* (*output)(OrreryContext* context, int32_t index, int32_t type, int32_t rank, const int64_t* dims);
    /* Work space until compute() returns, aligned to 64 bytes; each call gives another piece. Null when there
     * is no memory for it, which is then the node's error. */
    void* (*scratch)(OrreryContext* context, size_t bytes);

    /* Calls range(begin, end, user) over [0, count) in pieces of at least grain elements, on the run's
     * threads; returns when all are done. Only `range` may run at the same time; of this api it may call
     * nothing but stop_requested(). */
    void (*parallel_for)(OrreryContext* context, int64_t count, int64_t grain, OrreryRange range, void* user);
    int32_t (*thread_count)(const OrreryContext* context);
    /* 1 once the user wants the run to end: functions that take long ask now and then, and return. */
    int (*stop_requested)(const OrreryContext* context);
};

/* What a library exports. ORRERY_OK, or anything else to refuse to work with this program. */
ORRERY_EXPORT int orrery_register_ops(const OrreryApi* api, OrreryRegistry* registry);

/* May be exported as well: called after a run has ended, when no function of the library is running any more.
 * The place to give back what the operators kept from call to call; what is still there afterwards is shown as
 * memory that outlived its run. */
ORRERY_EXPORT void orrery_run_ended(void);

#ifdef __cplusplus
}
#endif

#endif
