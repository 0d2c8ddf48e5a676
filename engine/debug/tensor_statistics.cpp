// SPDX-License-Identifier: Apache-2.0
//
// Block by block. A block without NaN and infinities, nearly every one, is read as it lies; of others the
// finite elements are copied together first. Mean and squared deviations of a block are exact but for the
// last bits (two passes over what is in the cache, in double); blocks are joined by the rule of Chan, Golub
// and LeVeque (1979) in long double, so that neither many elements nor a mean far from 0 cost digits. Doubles
// whose squares would overflow or vanish take long double for the block as well. Cost: memory speed.
#include "engine/debug/tensor_statistics.h"

#include "engine/debug/block_scan.h"
#include "engine/debug/element_blocks.h"

#include <cmath>
#include <limits>

namespace orrery::debug {
namespace {

using graph::Tensor;

struct Moments {
    std::int64_t n = 0;
    long double mean = 0;
    long double squares = 0; // of the deviations from the mean

    void join(const Moments& other)
    {
        if (other.n == 0)
            return;
        long double share = static_cast<long double>(other.n) / static_cast<long double>(n + other.n);
        long double apart = other.mean - mean;
        squares += other.squares + apart * apart * static_cast<long double>(n) * share;
        mean += apart * share;
        n += other.n;
    }
};

template<class T>
Moments momentsOf(const T* values, std::int64_t n, double largest)
{
    constexpr double safe = 1e100; // its square times any count is a double
    if (std::is_same_v<T, float> || largest == 0 || (largest < safe && largest > 1 / safe)) {
        double mean = sumOf(values, n) / static_cast<double>(n);
        return {n, mean, squaresAbout(values, n, mean)};
    }
    Moments moments{n, 0, 0};
    for (std::int64_t i = 0; i < n; ++i)
        moments.mean += values[i];
    moments.mean /= static_cast<long double>(n);
    for (std::int64_t i = 0; i < n; ++i)
        moments.squares += (values[i] - moments.mean) * (values[i] - moments.mean);
    return moments;
}

class Collector {
public:
    template<class T>
    void add(const T* values, std::int64_t at, std::int64_t n)
    {
        if (allFinite(values, n))
            return addFinite(values, at, n);
        T finite[elementBlock];
        std::int64_t count = 0;
        for (std::int64_t i = 0; i < n; ++i)
            if (std::isfinite(values[i]))
                finite[count++] = values[i];
            else if (std::isnan(values[i])) {
                ++m_result.nans;
                m_result.firstNan = m_result.firstNan < 0 ? at + i : m_result.firstNan;
            } else {
                ++m_result.infinities;
                m_result.firstInfinity = m_result.firstInfinity < 0 ? at + i : m_result.firstInfinity;
            }
        if (count > 0)
            addFinite(finite, at, count);
    }

    TensorStatistics finish(const Tensor& tensor)
    {
        m_result.elements = tensor.elementCount();
        m_result.finite = m_moments.n;
        if (m_moments.n == 0)
            return m_result;
        auto n = static_cast<long double>(m_moments.n);
        m_result.mean = static_cast<double>(m_moments.mean);
        m_result.std = static_cast<double>(std::sqrt(m_moments.squares / n));
        m_result.l2 = static_cast<double>(std::sqrt(m_moments.squares + n * m_moments.mean * m_moments.mean));
        m_result.minAt = find(tensor, m_minBlock, m_result.min);
        m_result.maxAt = find(tensor, m_maxBlock, m_result.max);
        return m_result;
    }

private:
    template<class T>
    void addFinite(const T* values, std::int64_t at, std::int64_t n)
    {
        Range<T> range = rangeOf(values, n);
        if (m_moments.n == 0 || range.min < m_result.min) {
            m_result.min = range.min;
            m_minBlock = at;
        }
        if (m_moments.n == 0 || range.max > m_result.max) {
            m_result.max = range.max;
            m_maxBlock = at;
        }
        if (range.min <= 0 && range.max >= 0)
            m_result.zeros += countZeros(values, n);
        double largest =
            std::max(std::abs(static_cast<double>(range.min)), std::abs(static_cast<double>(range.max)));
        m_moments.join(momentsOf(values, n, largest));
    }

    // The first place in the block that begins at `at`.
    static std::int64_t find(const Tensor& tensor, std::int64_t at, double wanted)
    {
        double values[elementBlock];
        std::int64_t n = std::min(elementBlock, tensor.elementCount() - at);
        decode(tensor, at, n, values);
        return at + (std::find(values, values + n, wanted) - values);
    }

    TensorStatistics m_result;
    Moments m_moments;
    std::int64_t m_minBlock = 0;
    std::int64_t m_maxBlock = 0;
};

} // namespace

TensorStatistics statistics(const Tensor& tensor)
{
    Collector collector;
    forEachBlock(tensor,
                 [&](const auto* values, std::int64_t at, std::int64_t n) { collector.add(values, at, n); });
    return collector.finish(tensor);
}

Histogram histogram(const Tensor& tensor, int bins)
{
    Histogram result;
    TensorStatistics all = statistics(tensor);
    bins = std::clamp(bins, 0, maxHistogramBins);
    if (all.finite == 0 || bins == 0)
        return result;
    result.low = all.min;
    result.high = all.max;
    result.counts.assign(static_cast<std::size_t>(bins), 0);
    // Halves: the width of a range of doubles may be too large for one.
    double low = all.min / 2;
    double width = all.max / 2 - low;
    double perUnit = width > 0 ? bins / width : 0;
    bool inexact = width > 0 && !std::isnormal(perUnit); // denormals apart, or nearly all doubles
    forEachBlock(tensor, [&](const auto* values, std::int64_t, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i) {
            double x = static_cast<double>(values[i]);
            if (!std::isfinite(x))
                continue;
            double place = inexact ? (x / 2 - low) / width * bins : (x / 2 - low) * perUnit;
            ++result.counts[static_cast<std::size_t>(std::min(static_cast<int>(place), bins - 1))];
        }
    });
    return result;
}

double element(const Tensor& tensor, std::int64_t index)
{
    double value = std::numeric_limits<double>::quiet_NaN();
    if (isReadable(tensor) && index >= 0 && index < tensor.elementCount())
        decode(tensor, index, 1, &value);
    return value;
}

graph::Dims indexOf(const graph::Dims& dims, std::int64_t flat)
{
    graph::Dims index(dims.size(), 0);
    for (std::size_t i = dims.size(); i-- > 0 && dims[i] > 0; flat /= dims[i])
        index[i] = flat % dims[i];
    return index;
}

} // namespace orrery::debug
