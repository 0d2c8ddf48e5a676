// SPDX-License-Identifier: Apache-2.0
//
// Each loop keeps several independent vectors of partial results, for the latency of one addition would
// otherwise be the speed of the loop; what is left over at the end goes one by one.
#include "engine/debug/block_scan.h"

#include <cstring>
#include <type_traits>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace orrery::debug {
namespace {

using Floats = float __attribute__((vector_size(16)));
using Doubles = double __attribute__((vector_size(16)));
using Ints = std::int32_t __attribute__((vector_size(16)));
using Longs = std::int64_t __attribute__((vector_size(16)));

template<class T>
struct Vector;
template<>
struct Vector<float> {
    using Type = Floats;
    using Mask = Ints;
    static constexpr std::int32_t infinity = 0x7f800000;
};
template<>
struct Vector<double> {
    using Type = Doubles;
    using Mask = Longs;
    static constexpr std::int64_t infinity = 0x7ff0000000000000;
};

template<class V, class T>
V load(const T* from)
{
    V vector;
    std::memcpy(&vector, from, sizeof vector);
    return vector;
}

template<class V>
auto addedUp(V vector)
{
    auto sum = vector[0];
    for (unsigned i = 1; i < sizeof(V) / sizeof(vector[0]); ++i)
        sum += vector[i];
    return sum;
}

// Calls use(pair of doubles, lane) for 4 elements at a time.
template<class Use>
void eachFour(const float* values, Use&& use)
{
#ifdef __SSE2__ // GCC 12 would convert one by one
    __m128 four = _mm_loadu_ps(values);
    use(reinterpret_cast<Doubles>(_mm_cvtps_pd(four)), 0);
    use(reinterpret_cast<Doubles>(_mm_cvtps_pd(_mm_movehl_ps(four, four))), 1);
#else
    using Two = float __attribute__((vector_size(8)));
    use(__builtin_convertvector(load<Two>(values), Doubles), 0);
    use(__builtin_convertvector(load<Two>(values + 2), Doubles), 1);
#endif
}
template<class Use>
void eachFour(const double* values, Use&& use)
{
    use(load<Doubles>(values), 0);
    use(load<Doubles>(values + 2), 1);
}

// Σ term(x) in double; term takes a double or two of them.
template<class T, class Term>
double summed(const T* values, std::int64_t n, Term&& term)
{
    Doubles sums[4] = {};
    std::int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        eachFour(values + i, [&](Doubles two, int lane) { sums[lane] += term(two); });
        eachFour(values + i + 4, [&](Doubles two, int lane) { sums[2 + lane] += term(two); });
    }
    double sum = addedUp((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (; i < n; ++i)
        sum += term(static_cast<double>(values[i]));
    return sum;
}

} // namespace

// The exponent of what is not finite is all ones; as integers without their sign such are the largest.
template<class T>
bool allFinite(const T* values, std::int64_t n)
{
    using Mask = typename Vector<T>::Mask;
    using Integer = std::remove_const_t<decltype(Vector<T>::infinity)>;
    constexpr Integer infinity = Vector<T>::infinity;
    constexpr std::int64_t lanes = 16 / sizeof(T);
    Mask found[2] = {};
    std::int64_t i = 0;
    for (; i + 2 * lanes <= n; i += 2 * lanes) {
        found[0] |= (load<Mask>(values + i) & infinity) == infinity;
        found[1] |= (load<Mask>(values + i + lanes) & infinity) == infinity;
    }
    found[0] |= found[1];
    Integer any = 0;
    for (std::int64_t lane = 0; lane < lanes; ++lane)
        any |= found[0][lane];
    for (; i < n; ++i) {
        Integer bits = 0;
        std::memcpy(&bits, values + i, sizeof bits);
        any |= (bits & infinity) == infinity;
    }
    return any == 0;
}

template<class T>
Range<T> rangeOf(const T* values, std::int64_t n)
{
    using V = typename Vector<T>::Type;
    constexpr std::int64_t lanes = 16 / sizeof(T);
    Range<T> range{values[0], values[0]};
    std::int64_t i = 0;
    if (n >= 2 * lanes) {
        V low[2] = {load<V>(values), load<V>(values + lanes)};
        V high[2] = {low[0], low[1]};
        for (i = 2 * lanes; i + 2 * lanes <= n; i += 2 * lanes)
            for (int k = 0; k < 2; ++k) {
                V x = load<V>(values + i + k * lanes);
                low[k] = x < low[k] ? x : low[k];
                high[k] = x > high[k] ? x : high[k];
            }
        for (const V& vector : low)
            for (std::int64_t lane = 0; lane < lanes; ++lane)
                range.min = vector[lane] < range.min ? vector[lane] : range.min;
        for (const V& vector : high)
            for (std::int64_t lane = 0; lane < lanes; ++lane)
                range.max = vector[lane] > range.max ? vector[lane] : range.max;
    }
    for (; i < n; ++i) {
        range.min = values[i] < range.min ? values[i] : range.min;
        range.max = values[i] > range.max ? values[i] : range.max;
    }
    return range;
}

template<class T>
std::int64_t countZeros(const T* values, std::int64_t n)
{
    using V = typename Vector<T>::Type;
    constexpr std::int64_t lanes = 16 / sizeof(T);
    typename Vector<T>::Mask counts[2] = {}; // minus one for each
    std::int64_t i = 0;
    for (; i + 2 * lanes <= n; i += 2 * lanes) {
        counts[0] += load<V>(values + i) == V{};
        counts[1] += load<V>(values + i + lanes) == V{};
    }
    auto zeros = -static_cast<std::int64_t>(addedUp(counts[0] + counts[1]));
    for (; i < n; ++i)
        zeros += values[i] == 0;
    return zeros;
}

template<class T>
double sumOf(const T* values, std::int64_t n)
{
    return summed(values, n, [](auto x) { return x; });
}

template<class T>
double squaresAbout(const T* values, std::int64_t n, double about)
{
    return summed(values, n, [about](auto x) { return (x - about) * (x - about); });
}

template bool allFinite(const float*, std::int64_t);
template bool allFinite(const double*, std::int64_t);
template Range<float> rangeOf(const float*, std::int64_t);
template Range<double> rangeOf(const double*, std::int64_t);
template std::int64_t countZeros(const float*, std::int64_t);
template std::int64_t countZeros(const double*, std::int64_t);
template double sumOf(const float*, std::int64_t);
template double sumOf(const double*, std::int64_t);
template double squaresAbout(const float*, std::int64_t, double);
template double squaresAbout(const double*, std::int64_t, double);

} // namespace orrery::debug
