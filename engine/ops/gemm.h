#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The one matrix product that all operators share: C (+)= alpha · op(A) · op(B) over row-major storage,
// blocked, packed and vectorised by Eigen, for float, double, and 32- and 64-bit unsigned integers (signed
// ones wrap alike: pass them through asUnsigned). Rows may be strided. The operands must not overlap C. k = 0
// gives zeros.

#include "engine/ops/kernel.h"

#include <cstdint>
#include <type_traits>

namespace orrery::ops {

enum class Layout { AsIs, Transposed };
enum class Into { Overwrite, Add };

// A stored row-major matrix, `stride` elements from row to row; Transposed: the product sees its transpose.
template<class T>
struct MatrixOperand {
    const T* data = nullptr;
    std::int64_t stride = 0;
    Layout layout = Layout::AsIs;
};

// op(A) is m×k, op(B) is k×n, C is m×n.
struct ProductSize {
    std::int64_t m = 0;
    std::int64_t n = 0;
    std::int64_t k = 0;
};

template<class T>
void matrixProduct(ProductSize size, MatrixOperand<T> a, MatrixOperand<T> b, T* c, std::int64_t cStride,
                   Into into, T alpha = T(1));

// The same, cut over the run's threads along the longer side of C.
template<class T>
void parallelMatrixProduct(KernelContext& context, ProductSize size, MatrixOperand<T> a, MatrixOperand<T> b,
                           T* c, std::int64_t cStride, Into into, T alpha = T(1));

// Signed integers wrap when they are multiplied as unsigned ones; overflow of signed ones is undefined.
template<class T>
using Unsigned =
    typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>, std::type_identity<T>>::type;
template<class T>
const Unsigned<T>* asUnsigned(const T* data)
{
    return reinterpret_cast<const Unsigned<T>*>(data);
}
template<class T>
Unsigned<T>* asUnsigned(T* data)
{
    return reinterpret_cast<Unsigned<T>*>(data);
}

} // namespace orrery::ops
