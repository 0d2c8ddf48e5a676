#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What a reduction does with its elements, one template per operator. State holds what was seen so far; step
// takes an element, merge joins two states, finish makes the result of `count` elements. Sums of floats are
// kept in double, those of integers wrap in 64 bits. Of no elements: the neutral element, and NaN for the
// mean of floats.

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace orrery::ops {

template<class T>
using SumState = std::conditional_t<std::is_floating_point_v<T>, double,
                                    std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>;

// a + b, wrapping for integers.
template<class S>
S addStates(S a, S b)
{
    if constexpr (std::is_floating_point_v<S>)
        return a + b;
    else
        return static_cast<S>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
template<class S>
S multiplyStates(S a, S b)
{
    if constexpr (std::is_floating_point_v<S>)
        return a * b;
    else
        return static_cast<S>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

template<class T>
struct SumReducer {
    using State = SumState<T>;
    static State start() { return 0; }
    static State step(State s, T x) { return addStates(s, static_cast<State>(x)); }
    static State merge(State a, State b) { return addStates(a, b); }
    static T finish(State s, std::int64_t) { return static_cast<T>(s); }
};

template<class T>
struct MeanReducer : SumReducer<T> {
    static T finish(SumState<T> s, std::int64_t count)
    {
        if constexpr (std::is_floating_point_v<T>)
            return static_cast<T>(s / static_cast<double>(count));
        else
            return count == 0 ? T(0) : static_cast<T>(s / static_cast<SumState<T>>(count));
    }
};

template<class T>
struct ProdReducer {
    using State = SumState<T>;
    static State start() { return 1; }
    static State step(State s, T x) { return multiplyStates(s, static_cast<State>(x)); }
    static State merge(State a, State b) { return multiplyStates(a, b); }
    static T finish(State s, std::int64_t) { return static_cast<T>(s); }
};

template<class T>
struct MaxReducer {
    using State = T;
    using Limits = std::numeric_limits<T>;
    static State start()
    {
        return Limits::has_infinity ? static_cast<T>(-Limits::infinity()) : Limits::lowest();
    }
    static State step(State s, T x) // NaN wins and stays; two selects, which become vector code
    {
        State greater = x > s ? x : s;
        return x != x ? x : greater;
    }
    static State merge(State a, State b) { return step(a, b); }
    static T finish(State s, std::int64_t) { return s; }
};

template<class T>
struct MinReducer {
    using State = T;
    using Limits = std::numeric_limits<T>;
    static State start() { return Limits::has_infinity ? Limits::infinity() : Limits::max(); }
    static State step(State s, T x)
    {
        State smaller = x < s ? x : s;
        return x != x ? x : smaller;
    }
    static State merge(State a, State b) { return step(a, b); }
    static T finish(State s, std::int64_t) { return s; }
};

template<class T>
struct L1Reducer : SumReducer<T> {
    using State = SumState<T>;
    static State step(State s, T x)
    {
        auto wide = static_cast<State>(x);
        return addStates(s, wide < State(0) ? static_cast<State>(State(0) - wide) : wide);
    }
};

template<class T>
struct SumSquareReducer : SumReducer<T> {
    using State = SumState<T>;
    static State step(State s, T x)
    {
        return addStates(s, multiplyStates(static_cast<State>(x), static_cast<State>(x)));
    }
};

// The result of a function of a double; integers are cut off, what they cannot hold is 0.
template<class T>
T fromDouble(double value)
{
    if constexpr (std::is_floating_point_v<T>)
        return static_cast<T>(value);
    else
        return value > static_cast<double>(std::numeric_limits<T>::lowest()) &&
                       value < static_cast<double>(std::numeric_limits<T>::max())
                   ? static_cast<T>(value)
                   : T(0);
}

template<class T>
struct DoubleSum {
    using State = double;
    static State start() { return 0; }
    static State merge(State a, State b) { return a + b; }
};

template<class T>
struct L2Reducer : DoubleSum<T> {
    static double step(double s, T x) { return s + static_cast<double>(x) * static_cast<double>(x); }
    static T finish(double s, std::int64_t) { return fromDouble<T>(std::sqrt(s)); }
};

template<class T>
struct LogSumReducer : DoubleSum<T> {
    static double step(double s, T x) { return s + static_cast<double>(x); }
    static T finish(double s, std::int64_t) { return fromDouble<T>(std::log(s)); }
};

// log(sum(exp(x))) without overflow: the sum is kept relative to the greatest element so far.
template<class T>
struct LogSumExpReducer {
    struct State {
        double greatest = -std::numeric_limits<double>::infinity();
        double sum = 0; // of exp(x - greatest)
    };
    static State start() { return {}; }
    static State merge(State a, State b)
    {
        if (b.sum == 0)
            return a;
        if (a.greatest == b.greatest)
            return {a.greatest, a.sum + b.sum};
        if (b.greatest < a.greatest)
            return {a.greatest, a.sum + b.sum * std::exp(b.greatest - a.greatest)};
        return {b.greatest, (a.sum == 0 ? 0 : a.sum * std::exp(a.greatest - b.greatest)) + b.sum}; // or NaN
    }
    static State step(State s, T x)
    {
        auto value = static_cast<double>(x);
        return value == -std::numeric_limits<double>::infinity() ? s : merge(s, {value, 1});
    }
    static T finish(State s, std::int64_t) { return fromDouble<T>(s.greatest + std::log(s.sum)); }
};

} // namespace orrery::ops
