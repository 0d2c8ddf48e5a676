// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/gemm.h"

#include <Eigen/Core>

#include <algorithm>

namespace orrery::ops {
namespace {

template<class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template<class T>
using ConstView = Eigen::Map<const RowMajor<T>, Eigen::Unaligned, Eigen::OuterStride<>>;
template<class T>
using View = Eigen::Map<RowMajor<T>, Eigen::Unaligned, Eigen::OuterStride<>>;

constexpr std::int64_t cutUnit = 16; // columns or rows: a multiple of the register block
constexpr double cutWork =
    double(std::int64_t(1) << 20); // multiplications below which a thread is not worth it

template<class T>
ConstView<T> stored(MatrixOperand<T> operand, std::int64_t rows, std::int64_t columns)
{
    if (operand.layout == Layout::Transposed)
        std::swap(rows, columns);
    return ConstView<T>(operand.data, rows, columns, Eigen::OuterStride<>(operand.stride));
}

} // namespace

template<class T>
void matrixProduct(ProductSize size, MatrixOperand<T> a, MatrixOperand<T> b, T* c, std::int64_t cStride,
                   Into into, T alpha)
{
    if (size.m == 0 || size.n == 0)
        return;
    View<T> out(c, size.m, size.n, Eigen::OuterStride<>(cStride));
    if (into == Into::Overwrite)
        out.setZero();
    if (size.k == 0)
        return;
    auto left = stored(a, size.m, size.k);
    auto right = stored(b, size.k, size.n);
    if (a.layout == Layout::AsIs && b.layout == Layout::AsIs)
        out.noalias() += alpha * left * right;
    else if (a.layout == Layout::AsIs)
        out.noalias() += alpha * left * right.transpose();
    else if (b.layout == Layout::AsIs)
        out.noalias() += alpha * left.transpose() * right;
    else
        out.noalias() += alpha * left.transpose() * right.transpose();
}

template<class T>
void parallelMatrixProduct(KernelContext& context, ProductSize size, MatrixOperand<T> a, MatrixOperand<T> b,
                           T* c, std::int64_t cStride, Into into, T alpha)
{
    const bool alongRows = size.m > size.n;
    const std::int64_t length = alongRows ? size.m : size.n;
    const double workPerUnit =
        double(cutUnit) * double(alongRows ? size.n : size.m) * double(std::max<std::int64_t>(size.k, 1));
    const auto grain = static_cast<std::int64_t>(cutWork / std::max(workPerUnit, 1.0)) + 1;
    context.parallelFor((length + cutUnit - 1) / cutUnit, grain, [&](std::int64_t begin, std::int64_t end) {
        const std::int64_t from = begin * cutUnit;
        const std::int64_t count = std::min(end * cutUnit, length) - from;
        MatrixOperand<T>& cut = alongRows ? a : b;
        MatrixOperand<T> piece = cut;
        piece.data += (cut.layout == Layout::AsIs) == alongRows ? from * cut.stride : from;
        if (alongRows)
            matrixProduct(ProductSize{count, size.n, size.k}, piece, b, c + from * cStride, cStride, into,
                          alpha);
        else
            matrixProduct(ProductSize{size.m, count, size.k}, a, piece, c + from, cStride, into, alpha);
    });
}

template void matrixProduct(ProductSize, MatrixOperand<float>, MatrixOperand<float>, float*, std::int64_t,
                            Into, float);
template void matrixProduct(ProductSize, MatrixOperand<double>, MatrixOperand<double>, double*, std::int64_t,
                            Into, double);
template void matrixProduct(ProductSize, MatrixOperand<std::uint32_t>, MatrixOperand<std::uint32_t>,
                            std::uint32_t*, std::int64_t, Into, std::uint32_t);
template void matrixProduct(ProductSize, MatrixOperand<std::uint64_t>, MatrixOperand<std::uint64_t>,
                            std::uint64_t*, std::int64_t, Into, std::uint64_t);
template void parallelMatrixProduct(KernelContext&, ProductSize, MatrixOperand<float>, MatrixOperand<float>,
                                    float*, std::int64_t, Into, float);
template void parallelMatrixProduct(KernelContext&, ProductSize, MatrixOperand<double>, MatrixOperand<double>,
                                    double*, std::int64_t, Into, double);
template void parallelMatrixProduct(KernelContext&, ProductSize, MatrixOperand<std::uint32_t>,
                                    MatrixOperand<std::uint32_t>, std::uint32_t*, std::int64_t, Into,
                                    std::uint32_t);
template void parallelMatrixProduct(KernelContext&, ProductSize, MatrixOperand<std::uint64_t>,
                                    MatrixOperand<std::uint64_t>, std::uint64_t*, std::int64_t, Into,
                                    std::uint64_t);

} // namespace orrery::ops
