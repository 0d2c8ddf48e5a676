#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The inner loops of statistics and conditions: one question about one block of floats or doubles each,
// written in vectors of 16 bytes so that they are fast at every optimisation level and on the oldest x86-64.
// All but allFinite() and the counts want finite elements; sums are in double. Explicitly instantiated for
// float and double.

#include <cstdint>

namespace orrery::debug {

template<class T>
bool allFinite(const T* values, std::int64_t n);

template<class T>
struct Range {
    T min, max;
};
template<class T>
Range<T> rangeOf(const T* values, std::int64_t n); // n > 0

template<class T>
std::int64_t countZeros(const T* values, std::int64_t n);
template<class T>
double sumOf(const T* values, std::int64_t n);
// Σ (x − about)²
template<class T>
double squaresAbout(const T* values, std::int64_t n, double about);

} // namespace orrery::debug
