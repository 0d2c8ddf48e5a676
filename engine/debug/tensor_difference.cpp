// SPDX-License-Identifier: Apache-2.0
//
// Block by block, both sides decoded to doubles. The sums of a block are made in double by independent
// partial sums, blocks are added in long double. A block in which something is not finite goes element by
// element; one whose squares overflow or vanish in double is summed in long double.
#include "engine/debug/tensor_difference.h"

#include "engine/debug/block_scan.h"
#include "engine/debug/element_blocks.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

namespace orrery::debug {
namespace {

using graph::DataType;
using graph::Tensor;

template<class Number>
struct Sums {
    Number absolute = 0, squares = 0, aa = 0, bb = 0, ab = 0;
};

struct Worst {
    double absolute = 0;
    double relative = 0;
    std::int64_t different = 0;
};

// One element after the other.
template<class Number>
void sum(const double* a, const double* b, std::int64_t n, Sums<Number>& sums, Worst& worst)
{
    for (std::int64_t i = 0; i < n; ++i) {
        Number d = Number(a[i]) - Number(b[i]);
        Number size = d < 0 ? -d : d;
        sums.absolute += size;
        sums.squares += d * d;
        sums.aa += Number(a[i]) * a[i];
        sums.bb += Number(b[i]) * b[i];
        sums.ab += Number(a[i]) * b[i];
        worst.absolute = std::max(worst.absolute, static_cast<double>(size));
        if (b[i] != 0)
            worst.relative = std::max(worst.relative, static_cast<double>(size / std::abs(Number(b[i]))));
        worst.different += a[i] != b[i];
    }
}

using Doubles = double __attribute__((vector_size(16)));
using Longs = std::int64_t __attribute__((vector_size(16)));

Doubles load(const double* from)
{
    Doubles vector;
    std::memcpy(&vector, from, sizeof vector);
    return vector;
}

// The same in double, two by two, with two of every sum.
void sumQuickly(const double* a, const double* b, std::int64_t n, Sums<double>& sums, Worst& worst)
{
    struct Part {
        Doubles absolute, squares, aa, bb, ab, largest, ratio;
        Longs different; // minus one for each
    } parts[2] = {};
    auto take = [](Part& part, Doubles x, Doubles y) {
        Doubles d = x - y;
        Doubles size = d < -d ? -d : d;
        Doubles base = y < -y ? -y : y;
        Longs isZero = base == Doubles{};
        part.absolute += size;
        part.squares += d * d;
        part.aa += x * x;
        part.bb += y * y;
        part.ab += x * y;
        part.largest = size > part.largest ? size : part.largest;
        Doubles ratio = isZero ? Doubles{} : size / (isZero ? Doubles{1, 1} : base);
        part.ratio = ratio > part.ratio ? ratio : part.ratio;
        part.different += x != y;
    };
    std::int64_t i = 0;
    for (; i + 4 <= n; i += 4) {
        take(parts[0], load(a + i), load(b + i));
        take(parts[1], load(a + i + 2), load(b + i + 2));
    }
    for (const Part& part : parts)
        for (int lane = 0; lane < 2; ++lane) {
            sums.absolute += part.absolute[lane];
            sums.squares += part.squares[lane];
            sums.aa += part.aa[lane];
            sums.bb += part.bb[lane];
            sums.ab += part.ab[lane];
            worst.absolute = std::max(worst.absolute, part.largest[lane]);
            worst.relative = std::max(worst.relative, part.ratio[lane]);
            worst.different -= part.different[lane];
        }
    sum(a + i, b + i, n - i, sums, worst);
}

class Comparer {
public:
    void add(const double* a, const double* b, std::int64_t at, std::int64_t n)
    {
        m_compared += n;
        if (allFinite(a, n) && allFinite(b, n))
            return addFinite(a, b, at, n);
        double finiteA[elementBlock], finiteB[elementBlock];
        std::int64_t count = 0;
        for (std::int64_t i = 0; i < n; ++i)
            if (std::isfinite(a[i]) && std::isfinite(b[i])) {
                finiteA[count] = a[i];
                finiteB[count++] = b[i];
            } else if (a[i] != b[i] && !(std::isnan(a[i]) && std::isnan(b[i]))) {
                m_firstMismatch = m_firstMismatch < 0 ? at + i : m_firstMismatch;
                ++m_result.mismatches;
                --m_compared;
            }
        if (count > 0)
            addFinite(finiteA, finiteB, at, count);
    }

    // `worstIn` finds the largest difference in the block that begins where told.
    template<class WorstIn>
    TensorDifference finish(WorstIn&& worstIn)
    {
        m_result.different += m_result.mismatches;
        if (m_compared > 0) {
            auto n = static_cast<long double>(m_compared);
            m_result.meanAbsolute = static_cast<double>(m_sums.absolute / n);
            m_result.rms = static_cast<double>(std::sqrt(m_sums.squares / n));
        }
        long double a = std::sqrt(m_sums.aa);
        long double b = std::sqrt(m_sums.bb);
        if (m_sums.squares > 0)
            m_result.relativeL2 = static_cast<double>(std::sqrt(m_sums.squares) / b);
        if (a > 0 || b > 0)
            m_result.cosine =
                a > 0 && b > 0 ? static_cast<double>(std::clamp(m_sums.ab / a / b, -1.0L, 1.0L)) : 0;
        if (m_firstMismatch >= 0)
            m_result.worst = m_firstMismatch;
        else if (m_result.maxAbsolute > 0)
            m_result.worst = worstIn(m_worstBlock);
        return m_result;
    }

private:
    void addFinite(const double* a, const double* b, std::int64_t at, std::int64_t n)
    {
        Worst worst;
        Sums<double> sums;
        sumQuickly(a, b, n, sums, worst);
        bool exact = std::isfinite(sums.aa) && std::isfinite(sums.bb) && std::isfinite(sums.squares) &&
                     !(worst.absolute > 0 && vanished(sums.squares)) && !vanished(sums.aa, a, n) &&
                     !vanished(sums.bb, b, n);
        if (exact)
            addSums(sums);
        else {
            Sums<long double> exactly;
            worst = {};
            sum(a, b, n, exactly, worst);
            addSums(exactly);
        }
        if (worst.absolute > m_result.maxAbsolute) {
            m_result.maxAbsolute = worst.absolute;
            m_worstBlock = at;
        }
        m_result.maxRelative = std::max(m_result.maxRelative, worst.relative);
        m_result.different += worst.different;
    }

    // Squares too small for a double are among it.
    static bool vanished(double sum) { return sum < 1e-200; }
    static bool vanished(double sum, const double* values, std::int64_t n)
    {
        return vanished(sum) && countZeros(values, n) != n;
    }

    template<class Number>
    void addSums(const Sums<Number>& sums)
    {
        m_sums.absolute += sums.absolute;
        m_sums.squares += sums.squares;
        m_sums.aa += sums.aa;
        m_sums.bb += sums.bb;
        m_sums.ab += sums.ab;
    }

    TensorDifference m_result;
    Sums<long double> m_sums;
    std::int64_t m_compared = 0;
    std::int64_t m_firstMismatch = -1;
    std::int64_t m_worstBlock = 0;
};

TensorDifference stringDifference(const Tensor& a, const Tensor& b)
{
    TensorDifference result;
    for (std::size_t i = 0; i < a.strings().size(); ++i)
        if (a.strings()[i] != b.strings()[i]) {
            result.worst = result.worst < 0 ? static_cast<std::int64_t>(i) : result.worst;
            ++result.mismatches;
        }
    result.different = result.mismatches;
    return result;
}

// Real and imaginary parts side by side.
Tensor partsOf(const Tensor& complex)
{
    graph::Dims dims = complex.dims();
    dims.push_back(2);
    auto* bytes = const_cast<std::byte*>(complex.bytes()); // nobody writes to it
    return Tensor::borrow(complex.type() == DataType::Complex64 ? DataType::Float32 : DataType::Float64,
                          std::move(dims), bytes);
}

} // namespace

Result<TensorDifference> difference(const Tensor& a, const Tensor& b)
{
    if (a.dims() != b.dims())
        return Error{
            ErrorCode::Usage,
            fmt::format("shapes differ: {} against {}", graph::dimsText(a.dims()), graph::dimsText(b.dims())),
            {}};
    bool strings = a.type() == DataType::String;
    if (strings && b.type() == DataType::String)
        return stringDifference(a, b);
    if (!isReadable(a) || !isReadable(b))
        return Error{ErrorCode::Usage,
                     fmt::format("{} and {} cannot be compared as numbers{}", graph::name(a.type()),
                                 graph::name(b.type()), strings ? "" : ", or were not loaded"),
                     {}};
    if (a.identicalTo(b))
        return TensorDifference{};
    if (a.type() == b.type() && (a.type() == DataType::Complex64 || a.type() == DataType::Complex128)) {
        TensorDifference parts = TRY(difference(partsOf(a), partsOf(b)));
        parts.worst = parts.worst < 0 ? parts.worst : parts.worst / 2;
        return parts;
    }
    Comparer comparer;
    alignas(64) double left[elementBlock];
    alignas(64) double right[elementBlock];
    for (std::int64_t at = 0; at < a.elementCount(); at += elementBlock) {
        std::int64_t n = std::min(elementBlock, a.elementCount() - at);
        decode(a, at, n, left);
        decode(b, at, n, right);
        comparer.add(left, right, at, n);
    }
    return comparer.finish([&](std::int64_t at) {
        std::int64_t n = std::min(elementBlock, a.elementCount() - at);
        decode(a, at, n, left);
        decode(b, at, n, right);
        std::int64_t worst = 0;
        double largest = -1;
        for (std::int64_t i = 0; i < n; ++i)
            if (double size = std::abs(left[i] - right[i]); size > largest) {
                largest = size;
                worst = i;
            }
        return at + worst;
    });
}

} // namespace orrery::debug
